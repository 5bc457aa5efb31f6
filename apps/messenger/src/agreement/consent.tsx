import { Trans, useLingui } from "@lingui/react/macro";
import type { Agreement } from "@nimes/client/nimes-client";
import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import classes from "./agreement.module.css";
import { AgreementText } from "./agreement-text.tsx";

/** The agreement to be read, and the explicit "yes" without which nothing goes on. */
export function Consent(props: {
  agreement: Agreement;
  /** True where an earlier version was accepted. */
  isNewer?: boolean;
  isPending?: boolean;
  onAccept: () => void;
}) {
  const { t } = useLingui();
  const { agreement, isNewer = false, isPending = false, onAccept } = props;
  const [agreed, setAgreed] = useState(false);
  const [declined, setDeclined] = useState(false);
  const id = useId();
  return (
    <>
      <CardTitle takesFocus>
        {isNewer ? <Trans>Die Nutzungsvereinbarung ist neu</Trans> : <Trans>Nutzungsvereinbarung</Trans>}
      </CardTitle>
      <CardLead>
        <Trans>Bitte lesen. Ohne Zustimmung geht es nicht weiter; vorher entsteht kein Schlüssel.</Trans>
      </CardLead>
      <section className={classes.paper} aria-label={t`Text der Nutzungsvereinbarung`}>
        <AgreementText agreement={agreement} />
      </section>
      <label htmlFor={id} className={classes.consent}>
        <input
          id={id}
          type="checkbox"
          checked={agreed}
          disabled={isPending}
          onChange={(event) => setAgreed(event.target.checked)}
        />
        <span>
          <Trans>Ich habe die Nutzungsvereinbarung gelesen und stimme ihr zu.</Trans>
        </span>
      </label>
      {declined ? (
        <p className={classes.declined} role="alert">
          {isNewer ? (
            <Trans>
              Ohne Zustimmung bleibt NIMes auf diesem Gerät geschlossen. Fragen dazu beantwortet die
              Dienststelle.
            </Trans>
          ) : (
            <Trans>
              Ohne Zustimmung wird nichts aktiviert. Der Brief bleibt gültig; es ist nichts entstanden.
            </Trans>
          )}
        </p>
      ) : null}
      <div className={classes.actions}>
        <Button kind="main" isDisabled={!agreed} isPending={isPending} onPress={onAccept}>
          {t`Zustimmen und weiter`}
        </Button>
        <Button kind="quiet" isDisabled={isPending} onPress={() => setDeclined(true)}>
          {t`Nicht zustimmen`}
        </Button>
      </div>
    </>
  );
}
