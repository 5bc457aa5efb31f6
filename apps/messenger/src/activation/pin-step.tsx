import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { ChoosePin } from "../pin/choose-pin.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { CardLead, CardTitle } from "../ui/card.tsx";
import classes from "./activation-screen.module.css";

/** The PIN for this device; with it the keys are made. */
export function PinStep(props: {
  minLength: number;
  busy: boolean;
  problem: ErrorCode | undefined;
  onChosen: (pin: string) => void;
}) {
  const { t } = useLingui();
  const sentence = useSentence();
  const { minLength, busy, problem, onChosen } = props;
  return (
    <>
      <CardTitle takesFocus>
        <Trans>PIN festlegen</Trans>
      </CardTitle>
      <CardLead>
        <Trans>
          Sie öffnet NIMes auf diesem Gerät. Niemand kann sie nachsehen oder zurücksetzen, auch nicht die
          IT-Stelle.
        </Trans>
      </CardLead>
      <ChoosePin
        minLength={minLength}
        isPending={busy}
        action={busy ? t`Wird aktiviert …` : t`Gerät aktivieren`}
        onChosen={onChosen}
      />
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <p className={classes.hint}>
        <Trans>
          Der Brief gilt nur einmal. Die Schlüssel entstehen jetzt auf diesem Gerät und verlassen es nie.
        </Trans>
      </p>
    </>
  );
}
