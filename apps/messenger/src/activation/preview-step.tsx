import { Trans, useLingui } from "@lingui/react/macro";
import type { ActivationPreview } from "@nimes/client/nimes-client";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { dateOnly } from "../texts/times.ts";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import classes from "./activation-screen.module.css";

/**
 * Whom the letter is for; nothing has been used up before the button is pressed.
 * @param props.byLink the letter was opened as a link, which the browser keeps.
 */
export function PreviewStep(props: {
  preview: ActivationPreview;
  byLink: boolean;
  busy: boolean;
  onConfirm: () => void;
  onLeave: () => void;
}) {
  const { t } = useLingui();
  const { language } = useSettings();
  const { preview, byLink, busy, onConfirm, onLeave } = props;
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
      {byLink ? (
        <p className={classes.hint}>
          <Trans>
            Der Link steht mit dem Geheimnis des Briefs im Verlauf dieses Browsers: bitte nach der Aktivierung
            dort löschen.
          </Trans>
        </p>
      ) : null}
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
