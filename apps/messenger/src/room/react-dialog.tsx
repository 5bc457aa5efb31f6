/** Chooses an emoji for a message: one of a few, or any that the keyboard has. */
import { useLingui } from "@lingui/react/macro";
import type { MessageItem } from "@nimes/client/nimes-client";
import { isSingleEmoji } from "@nimes/protocol/content/reaction";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId } from "@nimes/protocol/ids";
import { useState } from "react";
import { privateField } from "../capsule/private-field.ts";
import { useClient } from "../model/context.tsx";
import { useSentence } from "../texts/use-sentence.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./react-dialog.module.css";

/** What service needs most: understood, done, thanks, looking, attention, no, question, sorrow. */
const offered = ["👍", "✅", "🙏", "👀", "⚠️", "❌", "❓", "😔"];

export function ReactDialog(props: { roomId: RoomId; item: MessageItem; onClose: () => void }) {
  const { roomId, item, onClose } = props;
  const { t } = useLingui();
  const client = useClient();
  const sentence = useSentence();
  const [problem, setProblem] = useState<ErrorCode>();
  const [typed, setTyped] = useState("");
  const own = item.marks?.reaction?.find((shown) => shown.own)?.emoji;
  const choose = async (emoji: string | undefined) => {
    const done = await client.mark(roomId, {
      kind: "reaction",
      to: item.messageId,
      ...(emoji !== undefined && { emoji }),
    });
    if (done.ok) onClose();
    else setProblem(done.code);
  };
  const isOther = typed !== "" && !isSingleEmoji(typed);
  return (
    <Dialog
      title={t`Reagieren`}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onPress={onClose}>
            {t`Abbrechen`}
          </Button>
          {own === undefined ? null : (
            <Button kind="quiet" onPress={() => void choose(undefined)}>
              {t`Zurücknehmen`}
            </Button>
          )}
        </>
      }
    >
      <div className={classes.offered}>
        {offered.map((emoji) => (
          <Pressable
            key={emoji}
            className={cx(classes.emoji, emoji === own && classes.own)}
            aria-label={emoji}
            aria-pressed={emoji === own}
            onPress={() => void choose(emoji === own ? undefined : emoji)}
          >
            <span aria-hidden="true">{emoji}</span>
          </Pressable>
        ))}
      </div>
      <label className={classes.other}>
        <span>{t`Anderes Emoji von der Tastatur`}</span>
        <input
          className={classes.field}
          type="text"
          value={typed}
          aria-invalid={isOther}
          {...privateField}
          onChange={({ currentTarget: { value } }) => {
            setTyped(value);
            if (isSingleEmoji(value)) void choose(value);
          }}
        />
      </label>
      <p className={classes.problem} role="alert">
        {problem ? sentence(problem) : isOther ? t`Bitte genau ein Emoji.` : ""}
      </p>
    </Dialog>
  );
}
