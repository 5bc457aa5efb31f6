import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { retryHelps } from "@nimes/protocol/errors";
import { CloudOff, TriangleAlert } from "lucide-react";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { CardLead, CardTitle } from "../ui/card.tsx";
import { Icon } from "../ui/icon.tsx";
import classes from "./activation-screen.module.css";

/** Why the letter did not work, and the next step. */
export function FailedStep(props: { code: ErrorCode; onAgain: () => void; onOther: () => void }) {
  const { t } = useLingui();
  const sentence = useSentence();
  const { code, onAgain, onOther } = props;
  const again = retryHelps(code);
  return (
    <>
      <span className={classes.sign}>
        <Icon of={again ? CloudOff : TriangleAlert} size={28} />
      </span>
      <CardTitle>
        {again ? <Trans>Das hat noch nicht geklappt</Trans> : <Trans>Dieser Brief geht nicht</Trans>}
      </CardTitle>
      <CardLead role="alert">
        {code === "no-network" ? (
          <Trans>
            Kein Netz. Der Brief ist noch gültig: einfach erneut versuchen, sobald wieder Netz da ist.
          </Trans>
        ) : (
          sentence(code)
        )}
      </CardLead>
      <div className={classes.actions}>
        {again ? (
          <Button kind="main" onPress={onAgain}>
            {t`Erneut versuchen`}
          </Button>
        ) : null}
        <Button kind={again ? "quiet" : "main"} onPress={onOther}>
          {t`Brief neu eingeben`}
        </Button>
      </div>
    </>
  );
}
