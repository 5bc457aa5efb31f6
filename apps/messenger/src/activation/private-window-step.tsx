import { Trans, useLingui } from "@lingui/react/macro";
import { VenetianMask } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";

/**
 * Shown where the browser does not promise to keep what is stored. A private window never does, and forgets everything
 * when it is closed, while a letter works once; a page cannot tell it from a normal one for sure, so it asks.
 */
export function PrivateWindowStep({ onGoOn, onLeave }: { onGoOn: () => void; onLeave: () => void }) {
  const { t } = useLingui();
  return (
    <>
      <span className={classes.sign}>
        <Icon of={VenetianMask} size={28} />
      </span>
      <CardTitle>
        <Trans>Ist das ein privates Fenster?</Trans>
      </CardTitle>
      <CardLead role="alert">
        <Trans>
          Dieser Browser sagt nicht zu, Daten zu behalten. Aus einem privaten Fenster verschwinden Schlüssel
          und Nachrichten beim Schließen, und der Brief ist dann verbraucht: Bitte NIMes in einem normalen
          Fenster öffnen.
        </Trans>
      </CardLead>
      <CardLead>
        <Trans>
          In einem normalen Fenster geht es weiter. Auf dem Startbildschirm liegen die Daten am sichersten.
        </Trans>
      </CardLead>
      <div className={classes.actions}>
        <Button kind="main" onPress={onGoOn}>
          {t`Normales Fenster, weiter`}
        </Button>
        <Button kind="quiet" onPress={onLeave}>
          {t`Hier nicht aktivieren`}
        </Button>
      </div>
    </>
  );
}
