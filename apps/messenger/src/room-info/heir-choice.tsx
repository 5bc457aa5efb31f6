import { Trans } from "@lingui/react/macro";
import type { RoomMember } from "@nimes/client/nimes-client";
import type { UserId } from "@nimes/protocol/ids";
import { Label } from "react-aria-components/Label";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { plainName } from "../texts/names.ts";
import classes from "./heir-choice.module.css";

/** Who leads the room from now on; whoever follows by the rule stands first. */
export function HeirChoice(props: {
  heirs: readonly RoomMember[];
  successor: UserId | undefined;
  value: UserId;
  onChange: (heir: UserId) => void;
}) {
  const { heirs, successor, value, onChange } = props;
  const ordered = heirs.toSorted((a, b) => Number(b.userId === successor) - Number(a.userId === successor));
  return (
    <RadioGroup
      className={classes.group ?? ""}
      value={value}
      onChange={(next) => {
        const heir = heirs.find(({ userId }) => userId === next);
        if (heir) onChange(heir.userId);
      }}
    >
      <Label className={classes.label ?? ""}>
        <Trans>Wer übernimmt die Leitung?</Trans>
      </Label>
      <div className={classes.heirs}>
        {ordered.map((heir) => (
          <Radio key={heir.userId} value={heir.userId} className={classes.heir ?? ""}>
            <span className={classes.dot} aria-hidden="true" />
            <span className={classes.text}>
              <bdi className={classes.name}>{plainName(heir.displayName)}</bdi>
              {heir.userId === successor ? (
                <span className={classes.about}>
                  <Trans>Folgt nach der Regel</Trans>
                </span>
              ) : null}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
