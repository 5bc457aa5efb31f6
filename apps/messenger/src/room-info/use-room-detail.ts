import type { RoomDetail } from "@nimes/client/nimes-client";
import type { RoomId } from "@nimes/protocol/ids";
import { useEffect, useState } from "react";
import { useApp } from "../model/context.tsx";

/** The details of a room, read again whenever it changes. */
export function useRoomDetail(roomId: RoomId): RoomDetail | undefined {
  const { messenger } = useApp();
  const [detail, setDetail] = useState<RoomDetail>();
  useEffect(() => {
    let wanted = true;
    const load = async () => {
      const room = await messenger.client.room(roomId);
      if (wanted) setDetail(room);
    };
    const stop = messenger.onChange((change) => {
      if (change.of === "directory" || (change.of === "room" && change.roomId === roomId)) void load();
    });
    void load();
    return () => {
      wanted = false;
      stop();
    };
  }, [messenger, roomId]);
  return detail?.roomId === roomId ? detail : undefined;
}
