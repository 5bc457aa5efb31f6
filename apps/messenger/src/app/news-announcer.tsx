import { useLingui } from "@lingui/react/macro";
import type { RoomId } from "@nimes/protocol/ids";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useMessenger } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";

/** Tells a screen reader about new messages in rooms that are not open. */
export function NewsAnnouncer({ openRoom }: { openRoom: RoomId | undefined }) {
  const { t } = useLingui();
  const rooms = useMessenger((state) => state.rooms);
  const [words, setWords] = useState("");
  const before = useRef<ReadonlyMap<RoomId, number>>(undefined);

  const compare = useEffectEvent(() => {
    if (!rooms) return;
    const known = before.current;
    before.current = new Map(rooms.map((room) => [room.roomId, room.unread]));
    if (!known) return;
    const news = rooms.filter(
      (room) => room.roomId !== openRoom && room.unread > (known.get(room.roomId) ?? 0),
    );
    if (news.length === 0) return;
    const names = news.map((room) => plainName(room.name)).join(", ");
    setWords(t`Neue Nachricht in ${names}`);
  });
  useEffect(() => {
    if (rooms) compare();
  }, [rooms]);

  useEffect(() => {
    const unread = rooms?.reduce((sum, room) => sum + room.unread, 0) ?? 0;
    document.title = unread > 0 ? `(${unread}) NIMes` : "NIMes";
  }, [rooms]);

  return (
    <div className="unseen" role="status">
      {words}
    </div>
  );
}
