import type { MessageItem } from "@nimes/client/nimes-client";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useStore } from "zustand";
import { lookOf } from "../kinds/looks.ts";
import { plainName } from "../texts/names.ts";
import type { Timeline } from "./timeline.ts";

/** Tells a screen reader about messages that arrive while the room is open. */
export function Announcer({ timeline }: { timeline: Timeline }) {
  const items = useStore(timeline.store, (state) => state.items);
  const [newest, setNewest] = useState<MessageItem>();
  const heard = useRef<number>(undefined);

  const announce = useEffectEvent(() => {
    const messages = items.filter((item) => item.kind === "message" && !item.own);
    const last = messages[messages.length - 1];
    const sequence = last?.sequence ?? 0;
    const isFirstLook = heard.current === undefined;
    if (!isFirstLook && last?.kind === "message" && sequence > (heard.current ?? 0)) {
      setNewest(last);
    }
    if (timeline.store.getState().loaded) heard.current = Math.max(heard.current ?? 0, sequence);
  });
  useEffect(() => {
    if (items) announce();
  }, [items]);

  return (
    <div className="unseen" role="log" aria-live="polite">
      {newest ? <Heard item={newest} /> : null}
    </div>
  );
}

function Heard({ item: { sender, body } }: { item: MessageItem }) {
  const { Announcement } = lookOf(body);
  return (
    <>
      {plainName(sender.displayName)}: <Announcement body={body} />
    </>
  );
}
