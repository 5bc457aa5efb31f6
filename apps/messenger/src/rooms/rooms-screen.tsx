import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomId } from "@nimes/protocol/ids";
import { LockKeyhole, MessageSquarePlus, Plus, Search, Settings, X } from "lucide-react";
import { useState } from "react";
import { ConnectionBar } from "../app/connection-bar.tsx";
import { useApp, useMessenger } from "../model/context.tsx";
import { useNow } from "../model/use-now.ts";
import { PasskeyBar } from "../passkey/passkey-notice.tsx";
import { ReleaseNotice } from "../release/release-notice.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { RowList } from "../ui/row-list.tsx";
import { Screen } from "../ui/screen.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import type { Filter } from "./filter.ts";
import { countUnreadRooms, filterRooms } from "./filter.ts";
import { FilterChips } from "./filter-chips.tsx";
import { RoomRow } from "./room-row.tsx";
import classes from "./rooms-screen.module.css";

/** All rooms of this device, the latest first. `covered`: another layer lies over it and has its own bar. */
export function RoomsScreen({ openRoom, covered }: { openRoom: RoomId | undefined; covered: boolean }) {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const rooms = useMessenger((state) => state.rooms);
  const [filter, setFilter] = useState<Filter>("all");
  const [query, setQuery] = useState<string>();
  const unread = countUnreadRooms(rooms ?? []);
  const newChat = () => navigation.open({ at: "new-chat" });

  const actions =
    query === undefined ? (
      <>
        <IconButton icon={LockKeyhole} label={t`Sperren`} onPress={() => void messenger.lock()} />
        <IconButton icon={Search} label={t`Suchen`} onPress={() => setQuery("")} />
        <IconButton
          icon={Settings}
          label={t`Einstellungen`}
          onPress={() => navigation.open({ at: "settings" })}
        />
      </>
    ) : (
      <IconButton icon={X} label={t`Suche schließen`} onPress={() => setQuery(undefined)} />
    );

  return (
    <Screen
      title={
        query === undefined ? (
          t`Chats`
        ) : (
          <SearchField label={t`Chats durchsuchen`} value={query} onChange={setQuery} takesFocus />
        )
      }
      actions={actions}
      top={
        <>
          {covered ? null : <ConnectionBar />}
          <ReleaseNotice />
          <PasskeyBar />
          {rooms && rooms.length > 0 ? (
            <FilterChips value={filter} unread={unread} onChange={setFilter} />
          ) : null}
        </>
      }
      scrolls={false}
    >
      <RoomsList filter={filter} query={query ?? ""} openRoom={openRoom} onNewChat={newChat} />
      {rooms && rooms.length > 0 ? (
        <Pressable className={classes.floating} onPress={newChat}>
          <Icon of={Plus} />
          <Trans>Neuer Chat</Trans>
        </Pressable>
      ) : null}
    </Screen>
  );
}

function RoomsList(props: {
  filter: Filter;
  query: string;
  openRoom: RoomId | undefined;
  onNewChat: () => void;
}) {
  const { t } = useLingui();
  const { navigation } = useApp();
  const now = useNow();
  const rooms = useMessenger((state) => state.rooms);
  const { filter, query, openRoom, onNewChat } = props;
  if (!rooms) return <SkeletonRows label={t`Chats werden geladen`} />;
  if (rooms.length === 0)
    return (
      <Empty
        icon={MessageSquarePlus}
        title={t`Noch keine Chats`}
        action={<Button kind="main" icon={Plus} onPress={onNewChat}>{t`Neuer Chat`}</Button>}
      >
        <Trans>Nachrichten an Kolleginnen und Kollegen, die nur sie lesen können.</Trans>
      </Empty>
    );
  const shown = filterRooms(rooms, { filter, query, open: openRoom });
  if (shown.length === 0)
    return (
      <Empty title={query === "" ? t`Hier ist nichts` : t`Nichts gefunden`}>
        {query !== "" ? (
          <Trans>Kein Chat passt zu dieser Suche.</Trans>
        ) : filter === "unread" ? (
          <Trans>Alles ist gelesen.</Trans>
        ) : filter === "channels" ? (
          <Trans>Noch kein Kanal.</Trans>
        ) : (
          <Trans>Noch keine Gruppe.</Trans>
        )}
      </Empty>
    );
  return (
    <RowList label={t`Chats`} rows={shown} testId="rooms" endSpace>
      {(room) => (
        <RoomRow
          key={room.roomId}
          room={room}
          now={now}
          selected={room.roomId === openRoom}
          onOpen={() => navigation.open({ at: "room", roomId: room.roomId })}
        />
      )}
    </RowList>
  );
}
