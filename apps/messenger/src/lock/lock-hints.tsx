import { Trans } from "@lingui/react/macro";
import type { Lock } from "@nimes/client/nimes-client";
import { CircleHelp, Clock, CloudOff, Fingerprint, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useSettings } from "../model/context.tsx";
import { useBrowserOnline } from "../model/use-network.ts";
import { PasskeyNoticeWords } from "../passkey/passkey-notice.tsx";
import { clockTime } from "../texts/times.ts";
import { Icon } from "../ui/icon.tsx";
import classes from "./lock-screen.module.css";

/** A clock that is off by more is told; the server's time counts for sign-in, whatever the clock says. */
const clockToleranceMs = 5 * 60_000;

/** What may stand in the way of opening, before anybody tries. */
export function LockHints({ lock }: { lock: Lock }) {
  const online = useBrowserOnline();
  const { language } = useSettings();
  const { offlineUntil, clockAheadMs = 0 } = lock;
  return (
    <div className={classes.hints}>
      {online ? null : (
        <Hint icon={CloudOff}>
          {offlineUntil === undefined ? (
            <Trans>Kein Netz. Öffnen geht, sobald wieder Verbindung besteht.</Trans>
          ) : (
            <Trans>
              Kein Netz. Bis {clockTime(offlineUntil, language)} Uhr öffnet der Passkey auch ohne Verbindung.
            </Trans>
          )}
        </Hint>
      )}
      {Math.abs(clockAheadMs) > clockToleranceMs ? (
        <Hint icon={Clock}>
          <Trans>
            Die Uhr dieses Geräts geht falsch. Bitte Datum und Uhrzeit stellen, sonst stimmen die Zeiten von
            Nachrichten nicht und Öffnen ohne Netz geht nicht.
          </Trans>
        </Hint>
      ) : null}
      <details className={classes.help}>
        <summary>
          <Icon of={CircleHelp} size={18} />
          <Trans>PIN vergessen?</Trans>
        </summary>
        <p>
          <Trans>
            Niemand kann die PIN nachsehen oder zurücksetzen. Die Registrierungsstelle gibt einen neuen Brief
            aus; damit beginnt dieses Gerät von vorn, und Kolleginnen und Kollegen nehmen es wieder in die
            Chats auf.
          </Trans>
        </p>
      </details>
    </div>
  );
}

/** Also where the device is locked from afar: whoever added a passkey may be why. */
export function PasskeyHint({ lock: { passkeyAdded } }: { lock: Lock }) {
  return passkeyAdded ? (
    <Hint icon={Fingerprint}>
      <PasskeyNoticeWords notice={passkeyAdded} />
    </Hint>
  ) : null;
}

function Hint({ icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <p className={classes.hint} role="status">
      <Icon of={icon} size={18} />
      <span>{children}</span>
    </p>
  );
}
