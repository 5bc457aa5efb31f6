import { useLingui } from "@lingui/react/macro";
import type { ShownReaction } from "@nimes/client/kinds/reaction";
import type { MessageItem } from "@nimes/client/nimes-client";
import { useClient } from "../model/context.tsx";
import type { Timeline } from "../room/timeline.ts";
import { plainName } from "../texts/names.ts";
import { cx } from "../ui/cx.ts";
import { Pressable } from "../ui/pressable.tsx";
import type { MarkLook } from "./look.ts";
import classes from "./reaction.module.css";

/** Each emoji once, with how many have chosen it; a press joins them, or takes the own one back. */
export const reaction: MarkLook<ShownReaction[]> = {
  Draw: ({ marks, item, timeline }) => (
    <div className={classes.reactions}>
      {marks.map((shown) => (
        <Reaction key={shown.emoji} shown={shown} item={item} timeline={timeline} />
      ))}
    </div>
  ),
};

function Reaction(props: { shown: ShownReaction; item: MessageItem; timeline: Timeline }) {
  const { shown, item, timeline } = props;
  const { emoji, people, own } = shown;
  const { t } = useLingui();
  const client = useClient();
  const names = people.map(plainName).join(", ");
  return (
    <Pressable
      className={cx(classes.reaction, own && classes.own)}
      aria-label={people.length > 1 ? `${emoji} ${people.length}: ${names}` : t`${emoji} von ${names}`}
      aria-pressed={own}
      onPress={() =>
        void client.mark(timeline.roomId, {
          kind: "reaction",
          to: item.messageId,
          ...(!own && { emoji }),
        })
      }
    >
      <span className={classes.emoji} aria-hidden="true">
        {emoji}
      </span>
      {people.length > 1 ? <span aria-hidden="true">{people.length}</span> : null}
    </Pressable>
  );
}
