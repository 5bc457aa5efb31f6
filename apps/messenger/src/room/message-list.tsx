import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import { Virtualizer } from "virtua";
import { useStore } from "zustand";
import { useSettings } from "../model/context.tsx";
import { useNow } from "../model/use-now.ts";
import { dayName } from "../texts/times.ts";
import { ListContainer, ListItem, ListNames } from "../ui/list-parts.tsx";
import { RowBoundary } from "../ui/row-boundary.tsx";
import { Announcer } from "./announcer.tsx";
import { JumpButton } from "./jump-button.tsx";
import { Message } from "./message.tsx";
import classes from "./message-list.module.css";
import { NoticeRow } from "./notice-row.tsx";
import type { Row } from "./rows.ts";
import { rowsOf } from "./rows.ts";
import type { Timeline } from "./timeline.ts";
import { UnreadDivider } from "./unread-divider.tsx";
import { UnshownRow } from "./unshown-row.tsx";
import { useScrolling } from "./use-scrolling.ts";

/** The messages of a room, newest at the bottom; opens at the first unread one. */
export function MessageList({ timeline }: { timeline: Timeline }) {
  const { t } = useLingui();
  const now = useNow();
  const { items, loaded, firstUnread, prepended, detail } = useStore(timeline.store);
  const rows = useMemo(() => rowsOf(items, firstUnread, detail?.kind), [items, firstUnread, detail?.kind]);
  const names = useMemo(() => ({ label: t`Nachrichten`, setSize: rows.length }), [t, rows.length]);
  const group = detail !== undefined && detail.kind !== "direct";
  const scrolling = useScrolling(timeline, rows, loaded);

  const draw = (row: Row) => {
    switch (row.row) {
      case "day":
        return (
          <RowBoundary key={row.key} of={row.at} instead={null}>
            <DayRow at={row.at} now={now} />
          </RowBoundary>
        );
      case "unread":
        return <UnreadDivider key={row.key} count={row.count} />;
      case "notice":
        return (
          <RowBoundary key={row.key} of={row.item} instead={<UnshownRow row="notice" />}>
            <NoticeRow item={row.item} room={detail} />
          </RowBoundary>
        );
      case "message":
        return (
          <RowBoundary key={row.key} of={row.item} instead={<UnshownRow row="message" />}>
            <Message
              timeline={timeline}
              item={row.item}
              first={row.first}
              last={row.last}
              showSender={group && !row.item.own}
            />
          </RowBoundary>
        );
    }
  };

  const day = scrolling.dayAtTop;
  return (
    <div className={classes.frame}>
      <ListNames value={names}>
        <section
          ref={scrolling.frame}
          className={classes.scroll}
          aria-label={t`Verlauf`}
          data-testid="timeline"
        >
          <div className={classes.push} />
          {loaded ? (
            <Virtualizer
              ref={scrolling.list}
              scrollRef={scrolling.frame}
              data={rows}
              shift={prepended}
              bufferSize={400}
              as={ListContainer}
              item={ListItem}
              onScroll={scrolling.onScroll}
              onResize={scrolling.onResize}
            >
              {draw}
            </Virtualizer>
          ) : null}
        </section>
      </ListNames>
      {day === undefined ? null : (
        <div className={classes.sticky} aria-hidden="true">
          <RowBoundary of={day} instead={null}>
            <Day at={day} now={now} />
          </RowBoundary>
        </div>
      )}
      {scrolling.atBottom ? null : (
        <JumpButton count={scrolling.unseen} onPress={() => scrolling.toBottom(true)} />
      )}
      <RowBoundary of={items} instead={null}>
        <Announcer timeline={timeline} />
      </RowBoundary>
    </div>
  );
}

function DayRow({ at, now }: { at: number; now: number }) {
  return (
    <h2 className={classes.dayRow}>
      <Day at={at} now={now} />
    </h2>
  );
}

function Day({ at, now }: { at: number; now: number }) {
  const { language } = useSettings();
  return <span className={classes.day}>{dayName(at, now, language)}</span>;
}
