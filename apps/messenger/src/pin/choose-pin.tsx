import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import classes from "./choose-pin.module.css";
import { PinField } from "./pin-field.tsx";
import { PinMeter } from "./pin-meter.tsx";
import { useJudgement } from "./use-judgement.ts";

/** A new PIN, twice, with what is thought of it. */
export function ChoosePin(props: {
  minLength: number;
  /** Stands above the fields, e.g. the field for the PIN so far. */
  children?: ReactNode;
  action: string;
  isPending: boolean;
  isReady?: boolean;
  onChosen: (pin: string) => void;
}) {
  const { t } = useLingui();
  const { minLength, children, action, isPending, isReady = true, onChosen } = props;
  const id = useId();
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [asked, setAsked] = useState(false);
  const judgement = useJudgement(pin, minLength);
  const differs = again !== "" && again !== pin && (asked || again.length >= pin.length);
  const good = judgement?.verdict === "good" && isReady;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (good && again === pin && !isPending) onChosen(pin);
      }}
    >
      {children}
      <PinField
        id={`${id}-pin`}
        label={t`Neue PIN`}
        value={pin}
        isDisabled={isPending}
        describedBy={`${id}-meter`}
        onChange={setPin}
      />
      <PinMeter id={`${id}-meter`} pin={pin} minLength={minLength} judgement={judgement} />
      <PinField
        id={`${id}-again`}
        label={t`PIN wiederholen`}
        value={again}
        isDisabled={isPending}
        isInvalid={differs}
        describedBy={differs ? `${id}-differs` : undefined}
        onChange={setAgain}
      />
      {differs ? (
        <p id={`${id}-differs`} className={classes.problem} role="alert">
          {t`Die beiden PINs sind nicht gleich.`}
        </p>
      ) : null}
      <Button kind="main" type="submit" isPending={isPending} isDisabled={!good || again === ""}>
        {action}
      </Button>
    </form>
  );
}
