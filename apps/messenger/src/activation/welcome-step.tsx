import { Trans, useLingui } from "@lingui/react/macro";
import { EyeOff, type LucideIcon, ShieldCheck, UsersRound } from "lucide-react";
import type { ReactNode } from "react";
import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";

/** What NIMes is, who sees what, and where the link goes. */
export function WelcomeStep({ onLink }: { onLink: (link: string) => void }) {
  const { t } = useLingui();
  const fieldId = useId();
  const [link, setLink] = useState("");
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
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (link.trim() !== "") onLink(link.trim());
        }}
      >
        <label htmlFor={fieldId} className={classes.label}>
          <Trans>Aktivierungslink aus dem Brief</Trans>
        </label>
        <p className={classes.hint} id={`${fieldId}-hint`}>
          <Trans>QR-Code mit der Kamera öffnen, oder den Link hier eintippen oder einfügen.</Trans>
        </p>
        <textarea
          id={fieldId}
          aria-describedby={`${fieldId}-hint`}
          className={classes.field}
          rows={3}
          value={link}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          spellCheck="false"
          onChange={(event) => setLink(event.target.value)}
        />
        <Button kind="main" type="submit" isDisabled={link.trim() === ""}>
          {t`Weiter`}
        </Button>
      </form>
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
