/** The agreement after activation: a newer version at an opening, and to be read again in the settings. */
import { useLingui } from "@lingui/react/macro";
import type { Agreement } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { useEffect, useState } from "react";
import { useApp, useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Card } from "../ui/card.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Screen } from "../ui/screen.tsx";
import classes from "./agreement.module.css";
import { AgreementText } from "./agreement-text.tsx";
import { Consent } from "./consent.tsx";

/** A newer version: who does not accept it cannot go on. */
export function NewAgreementScreen({ agreement }: { agreement: Agreement }) {
  const client = useClient();
  const sentence = useSentence();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorCode>();
  const accept = async () => {
    setBusy(true);
    setProblem(undefined);
    const accepted = await client.acceptAgreement(agreement.version);
    // Afterwards the client is ready and this screen is replaced.
    if (accepted.ok) return;
    setBusy(false);
    setProblem(accepted.code);
  };
  return (
    <Card>
      <Consent agreement={agreement} isNewer isPending={busy} onAccept={() => void accept()} />
      {problem ? (
        <p className={classes.declined} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <LanguageSwitch />
    </Card>
  );
}

/** What was accepted, to be read at any time. */
export function AgreementScreen() {
  const { t } = useLingui();
  const { navigation } = useApp();
  const client = useClient();
  const sentence = useSentence();
  const [answer, setAnswer] = useState<Result<Agreement | undefined>>();
  useEffect(() => {
    void client.agreement().then(setAnswer);
  }, [client]);
  return (
    <Screen title={t`Nutzungsvereinbarung`} onBack={() => navigation.back()} takesFocus>
      <div className={classes.screen}>
        {answer?.ok === false ? <p role="alert">{sentence(answer.code)}</p> : null}
        {answer?.ok === true && answer.value ? <AgreementText agreement={answer.value} /> : null}
        {answer?.ok === true && !answer.value ? (
          <p>{t`Diese Organisation hat keine Nutzungsvereinbarung veröffentlicht.`}</p>
        ) : null}
      </div>
    </Screen>
  );
}
