import { useLingui } from "@lingui/react/macro";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useStore } from "zustand";
import { plainName, previewText } from "../texts/names.ts";
import type { Timeline } from "./timeline.ts";

/** Tells a screen reader about messages that arrive while the room is open. */
export function Announcer({ timeline }: { timeline: Timeline }) {
  const { t } = useLingui();
  const items = useStore(timeline.store, (state) => state.items);
  const [words, setWords] = useState("");
  const heard = useRef<number>(undefined);

  const announce = useEffectEvent(() => {
    const messages = items.filter((item) => item.kind === "message" && !item.own);
    const newest = messages[messages.length - 1];
    const sequence = newest?.sequence ?? 0;
    const isFirstLook = heard.current === undefined;
    if (!isFirstLook && newest?.kind === "message" && sequence > (heard.current ?? 0)) {
      const sender = plainName(newest.sender.displayName);
      const body = newest.body;
      setWords(
        body.kind === "text"
          ? `${sender}: ${previewText(body.text)}`
          : body.kind === "picture"
            ? t`${sender}: Foto ${previewText(body.caption)}`
            : t`${sender}: Neuere Nachricht`,
      );
    }
    if (timeline.store.getState().loaded) heard.current = Math.max(heard.current ?? 0, sequence);
  });
  useEffect(() => {
    if (items) announce();
  }, [items]);

  return (
    <div className="unseen" role="log" aria-live="polite">
      {words}
    </div>
  );
}
