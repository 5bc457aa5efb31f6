import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { PinJudgement } from "@nimes/client/pin/pin-rules";
import { Check, TriangleAlert } from "lucide-react";
import { Icon } from "../ui/icon.tsx";
import classes from "./pin-meter.module.css";

/** Says in words and with four bars how good a PIN is. */
export function PinMeter(props: {
  id: string;
  pin: string;
  minLength: number;
  judgement: PinJudgement | undefined;
}) {
  const { t } = useLingui();
  const { id, pin, minLength, judgement } = props;
  const missing = minLength - [...pin].length;
  const words = () => {
    if (pin === "") return t`Mindestens ${minLength} Zeichen: Ziffern, Wörter, was sich gut merken lässt.`;
    if (missing > 0) return plural(missing, { one: "Noch # Zeichen", other: "Noch # Zeichen" });
    if (judgement?.verdict === "too-common") return t`Zu leicht zu erraten. Bitte eine andere wählen.`;
    if (judgement?.verdict !== "good") return "";
    return judgement.strength >= 4 ? t`Sehr gut` : judgement.strength === 3 ? t`Gut` : t`Geht`;
  };
  const good = judgement?.verdict === "good";
  const bad = missing <= 0 && judgement?.verdict === "too-common";
  return (
    <div className={classes.meter}>
      <div
        className={classes.bars}
        data-strength={pin === "" ? 0 : (judgement?.strength ?? 0)}
        aria-hidden="true"
      >
        <span />
        <span />
        <span />
        <span />
      </div>
      <p id={id} className={classes.words} role="status" data-verdict={good ? "good" : bad ? "bad" : "open"}>
        {good ? <Icon of={Check} size={16} /> : null}
        {bad ? <Icon of={TriangleAlert} size={16} /> : null}
        {words()}
      </p>
    </div>
  );
}
