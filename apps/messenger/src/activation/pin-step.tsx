import { Trans, useLingui } from "@lingui/react/macro";
import type { ErrorCode } from "@nimes/protocol/errors";
import { useEffect, useRef } from "react";
import { ChoosePin } from "../pin/choose-pin.tsx";
import { useSentence } from "../texts/use-sentence.ts";
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
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} className={classes.title}>
        <Trans>PIN festlegen</Trans>
      </h1>
      <p className={classes.lead}>
        <Trans>
          Sie öffnet NIMes auf diesem Gerät. Niemand kann sie nachsehen oder zurücksetzen, auch nicht die
          IT-Stelle.
        </Trans>
      </p>
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
