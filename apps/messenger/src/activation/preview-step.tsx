import { Trans, useLingui } from "@lingui/react/macro";
import type { ActivationPreview } from "@nimes/client/nimes-client";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { dateOnly } from "../texts/times.ts";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import classes from "./activation-screen.module.css";

/** Whom the letter is for; nothing has been used up before the button is pressed. */
export function PreviewStep(props: {
  preview: ActivationPreview;
  busy: boolean;
  onConfirm: () => void;
  onLeave: () => void;
}) {
  const { t } = useLingui();
  const { language } = useSettings();
  const { preview, busy, onConfirm, onLeave } = props;
  const facts: [string, string][] = [
    [t`Name`, preview.displayName],
    [t`Dienststelle`, preview.unitName],
    [t`Funktion`, preview.function],
    [t`Organisation`, preview.organisation],
    [t`Gerät`, preview.deviceClass === "private" ? t`Privates Gerät` : t`Dienstgerät`],
    [t`Gültig bis`, dateOnly(preview.activateUntil, language)],
  ];
  return (
    <>
      <CardTitle takesFocus>
        <Trans>Stimmt das?</Trans>
      </CardTitle>
      <CardLead>
        <Trans>Dieser Brief aktiviert dieses Gerät für:</Trans>
      </CardLead>
      <dl className={classes.facts}>
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{plainName(value)}</bdi>
              </dd>
            </div>
          ))}
      </dl>
      <div className={classes.actions}>
        <Button kind="main" isPending={busy} onPress={onConfirm}>
          {t`Ja, weiter`}
        </Button>
        <Button kind="quiet" isDisabled={busy} onPress={onLeave}>
          {t`Nein, anderer Brief`}
        </Button>
      </div>
    </>
  );
}
