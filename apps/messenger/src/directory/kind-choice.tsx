import { useLingui } from "@lingui/react/macro";
import { Choices } from "../ui/choices.tsx";
import classes from "./new-chat-screen.module.css";

export type NewRoomKind = "group" | "channel";

/** Whether all write or only some; what that means stands below. */
export function KindChoice(props: { value: NewRoomKind; onChange: (kind: NewRoomKind) => void }) {
  const { t } = useLingui();
  const { value, onChange } = props;
  return (
    <div className={classes.kind}>
      <Choices
        label={t`Wer schreibt?`}
        value={value}
        options={[
          { value: "group", name: t`Alle` },
          { value: "channel", name: t`Nur Leitung` },
        ]}
        onChange={onChange}
      />
      <p className={classes.hint}>
        {value === "channel"
          ? t`Kanal: nur Leitung und Moderation schreiben, alle anderen lesen.`
          : t`Gruppe: alle lesen und schreiben.`}
      </p>
    </div>
  );
}
