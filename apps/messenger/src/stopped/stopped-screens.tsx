/** States of a device in which nothing can be read: another tab, or the end of what was here. */
import { Trans, useLingui } from "@lingui/react/macro";
import { AppWindow, HardDrive, History, ShieldOff, Trash2 } from "lucide-react";
import { useForgottenPasskey } from "../passkey/use-passkeys.ts";
import { Reload, StartAfresh, Stopped } from "../ui/stopped.tsx";

/** Another tab of this browser has the messages open. */
export function OtherTabScreen() {
  const { t } = useLingui();
  return (
    <Stopped icon={AppWindow} title={t`NIMes ist schon offen`} action={<Reload>{t`Hier öffnen`}</Reload>}>
      <Trans>
        In einem anderen Tab dieses Browsers. Bitte dort weiterschreiben, oder ihn schließen und hier öffnen.
      </Trans>
    </Stopped>
  );
}

/** The capsule is gone for good: why, and what now. */
export function DestroyedScreen(props: {
  why: "tries" | "wipe" | "evicted";
  reason?: string;
  passkey?: string;
}) {
  const { t } = useLingui();
  const { why, reason, passkey } = props;
  useForgottenPasskey(passkey);
  const words = () => {
    switch (why) {
      case "tries":
        return (
          <Trans>
            Die PIN war zehnmal falsch. Deshalb wurde alles auf diesem Gerät unwiderruflich gelöscht.
          </Trans>
        );
      case "wipe":
        return <Trans>Die IT-Stelle hat die Daten von NIMes auf diesem Gerät gelöscht.</Trans>;
      case "evicted":
        return (
          <Trans>
            Der Browser hat die Daten von NIMes gelöscht, meist weil der Speicher knapp war. Auf dem
            Startbildschirm installiert passiert das nicht.
          </Trans>
        );
    }
  };
  return (
    <Stopped
      icon={why === "evicted" ? HardDrive : Trash2}
      title={why === "evicted" ? t`Die Daten sind nicht mehr da` : t`Die Daten wurden gelöscht`}
      action={<StartAfresh>{t`Neuen Brief verwenden`}</StartAfresh>}
    >
      {words()} {reason ? <bdi>„{reason}“ </bdi> : null}
      <Trans>Ein neuer Brief der Registrierungsstelle richtet das Gerät wieder ein.</Trans>
    </Stopped>
  );
}

/** Written by a release from before formats were kept. */
export function OldFormatScreen() {
  const { t } = useLingui();
  return (
    <Stopped
      icon={History}
      title={t`Daten einer früheren Fassung`}
      action={<StartAfresh>{t`Von vorn beginnen`}</StartAfresh>}
    >
      <Trans>
        Diese Daten stammen aus einem früheren Pilotbetrieb und lassen sich nicht übernehmen. Ein neuer Brief
        der Registrierungsstelle beginnt von vorn; dabei werden sie gelöscht.
      </Trans>
    </Stopped>
  );
}

/** The device does not belong to the circle any more. */
export function EndedScreen() {
  const { t } = useLingui();
  return (
    <Stopped
      icon={ShieldOff}
      title={t`Dieses Gerät gehört nicht mehr dazu`}
      action={<StartAfresh>{t`Neuen Brief verwenden`}</StartAfresh>}
    >
      <Trans>
        Es kann nichts mehr lesen und schreiben. Wenn das überrascht: bitte bei der Registrierungsstelle
        melden; ein neuer Aktivierungsbrief hilft weiter.
      </Trans>
    </Stopped>
  );
}
