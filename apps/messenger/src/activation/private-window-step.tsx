import { Trans, useLingui } from "@lingui/react/macro";
import { VenetianMask } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";

/** A private window forgets everything when it is closed, and a letter works once. */
export function PrivateWindowStep({ onGoOn, onLeave }: { onGoOn: () => void; onLeave: () => void }) {
  const { t } = useLingui();
  return (
    <>
      <span className={classes.sign}>
        <Icon of={VenetianMask} size={28} />
      </span>
      <h1 className={classes.title}>
        <Trans>Dies ist ein privates Fenster</Trans>
      </h1>
      <p className={classes.lead} role="alert">
        <Trans>
          Wird es geschlossen, sind Schlüssel und Nachrichten auf diesem Gerät weg, und der Brief ist
          verbraucht. Bitte den Link in einem normalen Fenster öffnen; zum Ausprobieren geht es auch hier.
        </Trans>
      </p>
      <div className={classes.actions}>
        <Button kind="main" onPress={onLeave}>
          {t`Hier nicht aktivieren`}
        </Button>
        <Button kind="quiet" onPress={onGoOn}>
          {t`Trotzdem hier fortfahren`}
        </Button>
      </div>
    </>
  );
}
