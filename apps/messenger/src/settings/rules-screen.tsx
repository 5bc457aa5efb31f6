import { Trans, useLingui } from "@lingui/react/macro";
import { useApp, useMessenger, useSettings } from "../model/context.tsx";
import { duration } from "../texts/durations.ts";
import { Screen } from "../ui/screen.tsx";
import classes from "./settings-screen.module.css";

/** Which rules the organisation has set for a device of this class. */
export function RulesScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  const { language } = useSettings();
  const rules = useMessenger((state) => state.rules);
  const facts = (): [string, string][] => {
    if (!rules) return [];
    const { policy } = rules;
    return [
      [t`Gerät`, rules.deviceClass === "private" ? t`Privates Gerät` : t`Dienstgerät`],
      [t`Sperrt ohne Eingabe nach`, duration(policy.inactivityLockMs, language)],
      [
        t`Sperrt im Hintergrund`,
        policy.backgroundLockMs === 0 ? t`sofort` : t`nach ${duration(policy.backgroundLockMs, language)}`,
      ],
      [t`Nachrichten werden gelöscht nach`, duration(policy.messageLifetimeMs, language)],
      [
        t`Öffnen ohne Netz`,
        policy.offlineOpeningMs === 0
          ? t`nicht möglich`
          : t`mit Passkey, bis ${duration(policy.offlineOpeningMs, language)} nach dem letzten Kontakt`,
      ],
      [t`Fotos`, policy.picturesAllowed ? t`erlaubt` : t`nicht erlaubt`],
      [t`PIN`, t`mindestens ${policy.pinMinLength} Zeichen`],
      [t`Fassung der Regeln`, rules.policyVersion === 0 ? t`Grundeinstellung` : String(rules.policyVersion)],
    ];
  };
  return (
    <Screen title={t`Regeln für dieses Gerät`} onBack={() => navigation.back()} takesFocus>
      <dl className={classes.facts}>
        {facts().map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {rules && rules.policy.offlineOpeningMs > 0 ? (
        <p className={`${classes.section} ${classes.muted}`}>
          <Trans>
            Öffnen ohne Netz: Solange das Gerät kein Netz hat, erreicht es weder Sperren noch Löschen. Eine
            Kopie seines Speichers lässt sich mit dem Passkey und zurückgestellter Uhr auch später noch
            öffnen. Verlorene Geräte und Passkeys deshalb sofort melden.
          </Trans>
        </p>
      ) : null}
      <p className={`${classes.section} ${classes.muted}`}>
        <Trans>
          Die Organisation legt diese Regeln fest und unterschreibt sie; der Server kann sie nicht ändern.
        </Trans>
      </p>
    </Screen>
  );
}
