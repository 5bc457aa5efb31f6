import { useLingui } from "@lingui/react/macro";
import type { MessageItem } from "@nimes/client/nimes-client";
import { SmilePlus } from "lucide-react";
import { lazy, memo, Suspense, useState } from "react";
import { useLongPress } from "react-aria/useLongPress";
import { useStore } from "zustand";
import { lookOf, marksOf } from "../kinds/looks.ts";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { clockTime, dateAndTime, fullTime, isSameDay } from "../texts/times.ts";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { Ticks } from "../ui/ticks.tsx";
import { FailedMessage } from "./failed-message.tsx";
import classes from "./message.module.css";
import type { Timeline } from "./timeline.ts";

const ReactDialog = lazy(async () => ({ default: (await import("./react-dialog.tsx")).ReactDialog }));

export type MessageProps = {
  timeline: Timeline;
  item: MessageItem;
  first: boolean;
  last: boolean;
  showSender: boolean;
};

/** One bubble, with what people have put on it. */
export const Message = memo(function Message(props: MessageProps) {
  const { timeline, item, first, last } = props;
  const { delivery, marks } = item;
  const mayWrite = useStore(timeline.store, ({ detail }) => detail?.writable ?? false);
  const [reacting, setReacting] = useState(false);
  const mayReact = mayWrite && item.sequence !== undefined;
  return (
    <article
      className={cx(classes.message, item.own ? classes.own : classes.other, first && classes.first)}
      data-message={item.messageId}
    >
      <Line {...props} onReact={mayReact ? () => setReacting(true) : undefined} last={last} />
      {marks
        ? marksOf(marks).map(({ kind, look: { Draw }, marks: its }) => (
            <Draw key={kind} marks={its} item={item} timeline={timeline} />
          ))
        : null}
      {delivery?.state === "wedged" ? (
        <FailedMessage roomId={timeline.roomId} messageId={item.messageId} reason={delivery.reason} />
      ) : null}
      {reacting ? (
        <Suspense>
          <ReactDialog roomId={timeline.roomId} item={item} onClose={() => setReacting(false)} />
        </Suspense>
      ) : null}
    </article>
  );
});

/** The bubble, and beside it the way to react. */
function Line(props: MessageProps & { onReact: (() => void) | undefined }) {
  const { timeline, item, first, last, showSender, onReact } = props;
  const { t } = useLingui();
  const sender = item.own ? t`Du` : plainName(item.sender.displayName);
  const { body } = item;
  const { Draw, fills } = lookOf(body);
  const { longPressProps } = useLongPress({
    isDisabled: !onReact,
    onLongPress: ({ pointerType }) => pointerType !== "mouse" && onReact?.(),
  });
  return (
    <div className={classes.line}>
      <div
        {...longPressProps}
        className={cx(classes.bubble, last && classes.corner, fills && classes.fills)}
        data-fills={fills}
      >
        {showSender && first ? (
          <p className={classes.sender}>
            <bdi>{sender}</bdi>
          </p>
        ) : (
          <span className="unseen">{sender}:</span>
        )}
        <Draw body={body} item={item} timeline={timeline} meta={<Meta item={item} />} />
      </div>
      {onReact ? (
        <Pressable className={classes.react} aria-label={t`Reagieren`} onPress={onReact}>
          <Icon of={SmilePlus} size={18} />
        </Pressable>
      ) : null}
    </div>
  );
}

function Meta({ item }: { item: MessageItem }) {
  const { language } = useSettings();
  return (
    <span className={classes.meta}>
      {item.writtenAt === undefined ? null : <Written at={item.writtenAt} arrivedAt={item.at} />}
      <time dateTime={new Date(item.at).toISOString()} title={fullTime(item.at, language)}>
        {clockTime(item.at, language)}
      </time>
      {item.delivery ? <Ticks delivery={item.delivery} onOwn /> : null}
    </span>
  );
}

/** In a dead spot, or by a clock that is behind. */
function Written({ at, arrivedAt }: { at: number; arrivedAt: number }) {
  const { t } = useLingui();
  const { language } = useSettings();
  const time = isSameDay(at, arrivedAt) ? clockTime(at, language) : dateAndTime(at, language);
  return <span>{t`geschrieben ${time}`}</span>;
}
