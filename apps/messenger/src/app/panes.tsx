/** Rooms list, room and room information: as layers on a phone, side by side on a desktop. */
import { Trans, useLingui } from "@lingui/react/macro";
import { MessagesSquare } from "lucide-react";
import { type ReactNode, Suspense, useEffect } from "react";
import { useStore } from "zustand";
import { useApp, useMessenger } from "../model/context.tsx";
import { useAutoLock } from "../model/use-auto-lock.ts";
import { useVeryWide, useWide } from "../model/use-media.ts";
import { useWakingConnection } from "../model/use-network.ts";
import type { Layout } from "../navigation/places.ts";
import { layerOf, layoutOf, topOf } from "../navigation/places.ts";
import { useReturnFocus } from "../navigation/use-return-focus.ts";
import { RoomsScreen } from "../rooms/rooms-screen.tsx";
import { cx } from "../ui/cx.ts";
import { Empty } from "../ui/empty.tsx";
import { lazyScreen } from "./lazy-screen.ts";
import { NewsAnnouncer } from "./news-announcer.tsx";
import classes from "./panes.module.css";
import { preloadScreens } from "./preload-screens.ts";

const RoomScreen = lazyScreen(async () => (await import("../room/room-screen.tsx")).RoomScreen);
const NewChat = lazyScreen(async () => (await import("../directory/new-chat-screen.tsx")).NewChatScreen);
const NewGroup = lazyScreen(async () => (await import("../directory/new-group-screen.tsx")).NewGroupScreen);
const Settings = lazyScreen(async () => (await import("../settings/settings-screen.tsx")).SettingsScreen);
const ChangePin = lazyScreen(async () => (await import("../settings/change-pin-screen.tsx")).ChangePinScreen);
const Rules = lazyScreen(async () => (await import("../settings/rules-screen.tsx")).RulesScreen);
const Agreement = lazyScreen(
  async () => (await import("../agreement/agreement-screens.tsx")).AgreementScreen,
);
const Diagnosis = lazyScreen(async () => (await import("../settings/diagnosis-screen.tsx")).DiagnosisScreen);
const Licences = lazyScreen(async () => (await import("../settings/licences-screen.tsx")).LicencesScreen);
const RoomInfo = lazyScreen(async () => (await import("../room-info/room-info-screen.tsx")).RoomInfoScreen);
const AddPeople = lazyScreen(
  async () => (await import("../room-info/add-people-screen.tsx")).AddPeopleScreen,
);
const Viewer = lazyScreen(async () => (await import("../viewer/picture-viewer.tsx")).PictureViewer);

export function Panes() {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  useWakingConnection(messenger.client);
  useReturnFocus(navigation);
  useAutoLock();
  const listed = useMessenger((state) => state.rooms !== undefined);
  useEffect(() => {
    if (listed) preloadScreens();
  }, [listed]);
  const stack = useStore(navigation.store, (state) => state.stack);
  const wide = useWide();
  const veryWide = useVeryWide();
  const layout = layoutOf(stack);
  const { main, side, overlay } = layout;
  const top = layerOf(topOf(stack));
  // A picture lies over the room that it was opened from.
  const visible = top === "overlay" ? "main" : top;
  const three = wide && veryWide && side !== undefined;
  const mainHidden = wide ? side !== undefined && !three : visible !== "main";

  return (
    <div className={cx(classes.panes, wide && classes.wide, three && classes.three)}>
      <Pane as="nav" label={t`Übersicht`} className={classes.list} hidden={!wide && visible !== "list"}>
        <ListPane layout={layout} covered={!wide && visible !== "list"} />
      </Pane>
      <main className={cx(classes.pane, classes.main, mainHidden && classes.hidden)} inert={mainHidden}>
        {main ? (
          <Suspense>
            <RoomScreen key={main.roomId} roomId={main.roomId} />
          </Suspense>
        ) : wide ? (
          <NoRoom />
        ) : null}
      </main>
      {side ? (
        <Pane as="aside" label={t`Infos`} className={classes.side} hidden={!wide && visible !== "side"}>
          <SidePane side={side} />
        </Pane>
      ) : null}
      {overlay ? (
        <Suspense>
          <Viewer roomId={overlay.roomId} messageId={overlay.messageId} onClose={() => navigation.back()} />
        </Suspense>
      ) : null}
      <NewsAnnouncer openRoom={main?.roomId} />
    </div>
  );
}

/** A hidden pane keeps its place and its scrolling; nothing in it can be reached. */
function Pane(props: {
  as: "nav" | "aside";
  label: string;
  className: string | undefined;
  hidden: boolean;
  children: ReactNode;
}) {
  const { as: Landmark, label, className, hidden, children } = props;
  return (
    <Landmark
      aria-label={label}
      className={cx(classes.pane, className, hidden && classes.hidden)}
      inert={hidden}
    >
      {children}
    </Landmark>
  );
}

function ListPane({ layout, covered }: { layout: Layout; covered: boolean }) {
  const { list, main } = layout;
  return (
    <>
      <div className={cx(classes.layer, list.at !== "rooms" && classes.hidden)} inert={list.at !== "rooms"}>
        <RoomsScreen openRoom={main?.roomId} covered={covered} />
      </div>
      <Suspense>
        <div className={cx(list.at !== "rooms" && classes.layer)}>
          {list.at === "new-chat" ? <NewChat /> : null}
          {list.at === "new-group" ? <NewGroup /> : null}
          {list.at === "settings" ? <Settings /> : null}
          {list.at === "change-pin" ? <ChangePin /> : null}
          {list.at === "rules" ? <Rules /> : null}
          {list.at === "agreement" ? <Agreement /> : null}
          {list.at === "diagnosis" ? <Diagnosis /> : null}
          {list.at === "licences" ? <Licences /> : null}
        </div>
      </Suspense>
    </>
  );
}

function SidePane({ side }: { side: NonNullable<Layout["side"]> }) {
  return (
    <Suspense>
      {side.at === "room-info" ? <RoomInfo roomId={side.roomId} /> : <AddPeople roomId={side.roomId} />}
    </Suspense>
  );
}

function NoRoom() {
  const { t } = useLingui();
  return (
    <div className={classes.noRoom}>
      <Empty icon={MessagesSquare} title={t`Kein Chat geöffnet`}>
        <Trans>Links einen Chat wählen oder einen neuen beginnen.</Trans>
      </Empty>
    </div>
  );
}
