import { Trans } from "@lingui/react/macro";
import { ShieldAlert } from "lucide-react";
import { Icon } from "../ui/icon.tsx";
import classes from "./lock-screen.module.css";

/** Locked from afar: neither PIN nor passkey opens it before it is unlocked. */
export function OrderedLock({ reason }: { reason: string }) {
  return (
    <div className={classes.order} role="alert">
      <Icon of={ShieldAlert} />
      <p>
        <strong>
          <Trans>Die IT-Stelle hat dieses Gerät gesperrt.</Trans>
        </strong>
        {reason === "" ? null : <bdi className={classes.reason}>{reason}</bdi>}
        <span>
          <Trans>
            Es öffnet erst wieder, wenn die Sperre aufgehoben ist; das geschieht von selbst. Nachrichten gehen
            nicht verloren. Fragen beantwortet die Registrierungsstelle.
          </Trans>
        </span>
      </p>
    </div>
  );
}
