import { Trans } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useSettings } from "../model/context.tsx";
import { clockTime } from "../texts/times.ts";
import { useSentence } from "../texts/use-sentence.ts";
import classes from "./lock-screen.module.css";

/** Why it did not open, and what to do. */
export function Problem({ code, offlineUntil }: { code: ErrorCode; offlineUntil: number | undefined }) {
  const sentence = useSentence();
  const { language } = useSettings();
  const words = () => {
    switch (code) {
      case "no-network":
        return offlineUntil === undefined ? (
          <Trans>Kein Netz. Zum Öffnen mit der PIN ist eine Verbindung nötig.</Trans>
        ) : (
          <Trans>
            Kein Netz. Bis {clockTime(offlineUntil, language)} Uhr öffnet der Passkey auch ohne Verbindung.
          </Trans>
        );
      case "internal":
      case "unavailable":
      case "too-many":
        return (
          <Trans>
            Der Server antwortet gerade nicht richtig, oder etwas antwortet an seiner Stelle, etwa die
            Anmeldeseite eines WLANs. Eine getippte PIN steht noch da: bitte noch einmal öffnen.
          </Trans>
        );
      case "pin-wait":
        return <Trans>Zu früh. Bitte warten, bis die Pause vorbei ist.</Trans>;
      case "passkey-refused":
        return (
          <Trans>Der Passkey fehlt auf diesem Gerät oder passt nicht mehr. Bitte die PIN eingeben.</Trans>
        );
      default:
        return sentence(code);
    }
  };
  return (
    <p className={classes.problem} role="alert">
      {words()}
    </p>
  );
}
