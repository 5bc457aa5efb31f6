/** Where the list of messages stands: opens at the first unread one, stays at the bottom, says what has been seen. */
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { isLookedAt, onLookingChange } from "../model/looking.ts";
import type { Row } from "./rows.ts";
import type { Timeline } from "./timeline.ts";

/** Nearer to the end than this counts as the bottom. */
const bottomPx = 24;
/** Free space below the last row, as in the style sheet. */
const endPx = 10;
/** Older messages are fetched before the top is reached. */
const prefetchPx = 900;

export function useScrolling(timeline: Timeline, rows: readonly Row[], loaded: boolean) {
  const list = useRef<VirtualizerHandle>(null);
  const frame = useRef<HTMLElement>(null);
  /** Follows new messages while true; false once the user has scrolled away. */
  const sticks = useRef(true);
  const last = useRef({ top: 0, size: 0 });
  const [atBottom, setAtBottom] = useState(true);
  const [dayAtTop, setDayAtTop] = useState<number>();
  const [seen, setSeen] = useState(0);

  const toBottom = (smooth = false) => {
    sticks.current = true;
    list.current?.scrollToIndex(rows.length - 1, {
      align: "end",
      offset: endPx,
      smooth: smooth && calmMotion(),
    });
  };

  const look = useEffectEvent(() => {
    const handle = list.current;
    if (!handle || rows.length === 0) return;
    const top = handle.scrollOffset;
    const bottom = top + handle.viewportSize;
    const rest = handle.scrollSize - bottom;
    // Rows that grow while they are measured move the end away; only a person moves upwards in a list that has not shrunk.
    const wentUp = top < last.current.top - 1 && handle.scrollSize >= last.current.size;
    last.current = { top, size: handle.scrollSize };
    if (rest <= bottomPx) sticks.current = true;
    else if (wentUp) sticks.current = false;
    setAtBottom(rest <= bottomPx * 4);
    const first = rows[handle.findItemIndex(top + 8)];
    setDayAtTop(
      first && first.row !== "day" && handle.scrollSize > handle.viewportSize
        ? timeOfRow(rows, first)
        : undefined,
    );
    if (top < prefetchPx) void timeline.loadOlder();
    if (!isLookedAt()) return;
    const sequence = lastSequence(rows, handle.findItemIndex(bottom - 8));
    if (sequence === undefined) return;
    timeline.seen(sequence);
    setSeen((before) => Math.max(before, sequence));
  });

  const toDivider = () => {
    const unread = rows.findIndex((row) => row.row === "unread");
    if (unread < 0) return toBottom();
    sticks.current = false;
    list.current?.scrollToIndex(unread, { align: "start", offset: -56 });
  };

  // The first rows: to the divider, or to the end.
  const place = useEffectEvent(() => {
    toDivider();
    requestAnimationFrame(() => look());
  });
  useLayoutEffect(() => {
    if (loaded) place();
  }, [loaded]);

  // New rows at the end: follow them, always for own ones; as long as nobody looks, no further than to the divider.
  const lastKey = rows[rows.length - 1]?.key;
  const follow = useEffectEvent(() => {
    const newest = rows[rows.length - 1];
    const ownIsNew =
      newest?.row === "message" && newest.item.own && newest.item.delivery?.state === "waiting";
    if (ownIsNew || (sticks.current && isLookedAt())) toBottom();
    else if (sticks.current) toDivider();
    requestAnimationFrame(() => look());
  });
  useEffect(() => {
    if (lastKey !== undefined) follow();
  }, [lastKey]);

  useEffect(() => onLookingChange(() => look()), []);

  return {
    list,
    frame,
    atBottom,
    dayAtTop,
    unseen: rows.filter((row) => row.row === "message" && !row.item.own && (row.item.sequence ?? 0) > seen)
      .length,
    toBottom,
    onScroll: () => look(),
    onResize: () => {
      if (sticks.current) toBottom();
      requestAnimationFrame(() => look());
    },
  };
}

const calmMotion = (): boolean => !window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function timeOfRow(rows: readonly Row[], from: Row): number | undefined {
  for (let index = rows.indexOf(from); index >= 0; index--) {
    const row = rows[index];
    if (row?.row === "day") return row.at;
  }
  return undefined;
}

/** The highest place in the room log among the rows up to an index; that of an own message is the server's claim. */
function lastSequence(rows: readonly Row[], upTo: number): number | undefined {
  for (let index = Math.min(upTo, rows.length - 1); index >= 0; index--) {
    const row = rows[index];
    const isOwn = row?.row === "message" && row.item.own;
    if ((row?.row === "message" || row?.row === "notice") && !isOwn && row.item.sequence !== undefined)
      return row.item.sequence;
  }
  return undefined;
}
