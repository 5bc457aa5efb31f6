import { Trans, useLingui } from "@lingui/react/macro";
import { Fingerprint, Smartphone } from "lucide-react";
import { useMessenger } from "../model/context.tsx";
import { useCanHavePasskey } from "../passkey/use-passkeys.ts";
import { AddPasskey } from "../settings/add-passkey.tsx";
import { Button } from "../ui/button.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";

/** What makes the new device comfortable; all of it can be done later in the settings. */
export function AfterActivation({ onDone }: { onDone: () => void }) {
  const { t } = useLingui();
  const can = useCanHavePasskey();
  const has = useMessenger((state) => state.rules?.passkey ?? false);
  const installed = window.matchMedia("(display-mode: standalone)").matches;
  return (
    <Card>
      <CardTitle>
        <Trans>Dieses Gerät ist aktiviert</Trans>
      </CardTitle>
      {can ? (
        <section className={classes.offer}>
          <Icon of={Fingerprint} />
          <div>
            <h2>
              <Trans>Mit Finger oder Gesicht öffnen</Trans>
            </h2>
            <p>
              <Trans>Ein Passkey spart das Tippen der PIN. Die PIN gilt weiter.</Trans>
            </p>
            {has ? (
              <p role="status" className={classes.done}>
                <Trans>Passkey ist eingerichtet.</Trans>
              </p>
            ) : (
              <AddPasskey justEntered />
            )}
          </div>
        </section>
      ) : null}
      {installed ? null : (
        <section className={classes.offer}>
          <Icon of={Smartphone} />
          <div>
            <h2>
              <Trans>Auf den Startbildschirm legen</Trans>
            </h2>
            <p>
              <Trans>
                Im Menü des Browsers „App installieren“ oder „Zum Home-Bildschirm“ wählen. NIMes öffnet dann
                wie eine App, und der Browser löscht die Daten nicht von selbst.
              </Trans>
            </p>
          </div>
        </section>
      )}
      <div className={classes.actions}>
        <Button kind="main" onPress={onDone}>
          {t`Zu den Chats`}
        </Button>
      </div>
    </Card>
  );
}
