import { Trans, useLingui } from "@lingui/react/macro";
import type { MessageItem } from "@nimes/client/nimes-client";
import { memo } from "react";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { clockTime, fullTime } from "../texts/times.ts";
import { cx } from "../ui/cx.ts";
import { Ticks } from "../ui/ticks.tsx";
import { FailedMessage } from "./failed-message.tsx";
import classes from "./message.module.css";
import { Picture } from "./picture.tsx";
import type { Timeline } from "./timeline.ts";

export type MessageProps = {
  timeline: Timeline;
  item: MessageItem;
  first: boolean;
  last: boolean;
  showSender: boolean;
};

/** One bubble. Text is shown as text: no links, no markup (B7), and isolated in its own direction (B6). */
export const Message = memo(function Message(props: MessageProps) {
  const { timeline, item, first, last, showSender } = props;
  const { t } = useLingui();
  const sender = item.own ? t`Du` : plainName(item.sender.displayName);
  const { body, delivery } = item;
  const bare = body.kind === "picture" && body.caption === "";
  return (
    <article
      className={cx(classes.message, item.own ? classes.own : classes.other, first && classes.first)}
      data-message={item.messageId}
    >
      <div
        className={cx(classes.bubble, last && classes.corner, body.kind === "picture" && classes.withPicture)}
      >
        {showSender && first ? (
          <p className={classes.sender}>
            <bdi>{sender}</bdi>
          </p>
        ) : (
          <span className="unseen">{sender}:</span>
        )}
        {body.kind === "picture" ? <Picture timeline={timeline} item={item} body={body} /> : null}
        {body.kind === "newer" ? (
          <p className={cx(classes.text, classes.newer)}>
            <Trans>Neuere Nachricht. Bitte die App aktualisieren, um sie zu lesen.</Trans>
          </p>
        ) : null}
        <div className={cx(classes.words, bare && classes.onPicture)}>
          <BodyText body={body} />
          <Meta item={item} />
        </div>
      </div>
      {delivery?.state === "wedged" ? (
        <FailedMessage roomId={timeline.roomId} messageId={item.messageId} reason={delivery.reason} />
      ) : null}
    </article>
  );
});

function BodyText({ body }: { body: MessageItem["body"] }) {
  const words = body.kind === "text" ? body.text : body.kind === "picture" ? body.caption : "";
  return words === "" ? null : (
    <span className={classes.text} dir="auto">
      {words}
    </span>
  );
}

function Meta({ item }: { item: MessageItem }) {
  const { language } = useSettings();
  return (
    <span className={classes.meta}>
      <time dateTime={new Date(item.sentAt).toISOString()} title={fullTime(item.sentAt, language)}>
        {clockTime(item.sentAt, language)}
      </time>
      {item.delivery ? <Ticks delivery={item.delivery} onOwn /> : null}
    </span>
  );
}
