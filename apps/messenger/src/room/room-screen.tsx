import { useLingui } from "@lingui/react/macro";
import type { RoomId } from "@nimes/protocol/ids";
import { ArrowLeft, Info } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { ConnectionBar } from "../app/connection-bar.tsx";
import { Watermark } from "../capsule/watermark.tsx";
import { Composer } from "../composer/composer.tsx";
import { DropArea } from "../composer/drop-area.tsx";
import { useApp, useMessenger } from "../model/context.tsx";
import { useWide } from "../model/use-media.ts";
import { plainName } from "../texts/names.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { MessageList } from "./message-list.tsx";
import classes from "./room-screen.module.css";
import { RoomSubline } from "./room-subline.tsx";
import type { Timeline } from "./timeline.ts";
import { TroubleBar } from "./trouble-bar.tsx";
import { useTimeline } from "./use-timeline.ts";

/** One room: who is in it, its messages, and where the next one is written. */
export function RoomScreen({ roomId }: { roomId: RoomId }) {
  const timeline = useTimeline(roomId);
  return timeline ? <OpenRoom timeline={timeline} /> : <section className={classes.room} />;
}

function OpenRoom({ timeline }: { timeline: Timeline }) {
  const { t } = useLingui();
  const { navigation } = useApp();
  const wide = useWide();
  const detail = useStore(timeline.store, (state) => state.detail);
  const loaded = useStore(timeline.store, (state) => state.loaded);
  const listed = useMessenger((state) => state.rooms?.find((room) => room.roomId === timeline.roomId));
  const room = detail ?? listed;
  // Two people who write to each other for the first time at the same moment end up in one of the two rooms.
  const current = detail?.roomId;
  useEffect(() => {
    if (current && current !== timeline.roomId) navigation.open({ at: "room", roomId: current });
  }, [current, navigation, timeline.roomId]);
  const name = plainName(room?.name ?? "");

  return (
    <section className={classes.room} aria-label={name}>
      <header className={classes.bar}>
        {wide ? null : (
          <IconButton icon={ArrowLeft} label={t`Zurück zu den Chats`} onPress={() => navigation.back()} />
        )}
        {room ? (
          <div className={classes.head}>
            <Avatar name={room.name} kind={room.kind} size="small" />
            <span className={classes.names}>
              <h1 className={classes.name}>
                <bdi>{name}</bdi>
              </h1>
              <RoomSubline room={room} />
            </span>
          </div>
        ) : null}
        <IconButton
          icon={Info}
          label={t`Infos zum Chat`}
          onPress={() => navigation.open({ at: "room-info", roomId: timeline.roomId })}
        />
      </header>
      {wide ? null : <ConnectionBar />}
      <TroubleBar trouble={room?.trouble} />
      <DropArea roomId={timeline.roomId} writable={room?.writable ?? false}>
        <MessageList timeline={timeline} />
        {loaded && detail ? (
          <Composer key={timeline.roomId} room={detail} onSent={() => timeline.dropDivider()} />
        ) : null}
      </DropArea>
      <Watermark />
    </section>
  );
}
