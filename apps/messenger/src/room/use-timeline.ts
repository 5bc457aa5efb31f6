import type { RoomId } from "@nimes/protocol/ids";
import { useEffect, useState } from "react";
import { useApp } from "../model/context.tsx";
import type { Timeline } from "./timeline.ts";
import { openTimeline } from "./timeline.ts";

/** The timeline of a room for as long as its screen is there; undefined before the first effect. */
export function useTimeline(roomId: RoomId): Timeline | undefined {
  const { messenger } = useApp();
  const [timeline, setTimeline] = useState<Timeline>();
  useEffect(() => {
    const opened = openTimeline(messenger, roomId);
    setTimeline(opened);
    return () => opened.close();
  }, [messenger, roomId]);
  return timeline?.roomId === roomId ? timeline : undefined;
}
