import { Trans, useLingui } from "@lingui/react/macro";
import { EyeOff, type LucideIcon, ScanQrCode, ShieldCheck, UsersRound } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";
import { CodeField } from "./code-field.tsx";

/**
 * What NIMes is, who sees what, and how the letter comes in: by the camera, or typed.
 * @param props.isTyping whoever left the camera goes on in the field.
 */
export function WelcomeStep(props: {
  isTyping: boolean;
  onScan: () => void;
  onLetter: (text: string) => void;
}) {
  const { t } = useLingui();
  const { isTyping, onScan, onLetter } = props;
  return (
    <>
      <CardTitle>
        <Trans>Willkommen bei NIMes</Trans>
      </CardTitle>
      <CardLead>
        <Trans>
          Der Messenger für einen geschlossenen Kreis: Nachrichten und Fotos, nur für die Beteiligten lesbar.
        </Trans>
      </CardLead>
      <ul className={classes.points}>
        <Point icon={UsersRound}>
          <Trans>Dabei ist nur, wer einen Brief der Registrierungsstelle hat.</Trans>
        </Point>
        <Point icon={EyeOff}>
          <Trans>
            Lesen können nur Absender und Empfänger. Server und Verwaltung sehen, wer wann schreibt, nie was.
          </Trans>
        </Point>
        <Point icon={ShieldCheck}>
          <Trans>
            Die Schlüssel bleiben auf diesem Gerät. Grenze einer Web-App: Ihr Code kommt vom Server, wer ihn
            beherrscht, könnte ihn verändern.
          </Trans>
        </Point>
      </ul>
      <div className={classes.actions}>
        <Button kind="main" icon={ScanQrCode} onPress={onScan}>
          {t`Brief scannen`}
        </Button>
        <p className={classes.hint}>
          <Trans>Hier in der App, nicht mit der Kamera-App des Telefons.</Trans>
        </p>
      </div>
      <CodeField takesFocus={isTyping} onLetter={onLetter} />
    </>
  );
}

function Point({ icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <li className={classes.point}>
      <Icon of={icon} />
      <span>{children}</span>
    </li>
  );
}
