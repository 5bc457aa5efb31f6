import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { RoomDetail } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { LockKeyhole, LogOut, UserPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { useApp, useMessenger } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Screen } from "../ui/screen.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { LeaveDialog } from "./leave-dialog.tsx";
import { actsFor } from "./member-acts.ts";
import { MemberRow } from "./member-row.tsx";
import { MemberSheet } from "./member-sheet.tsx";
import classes from "./room-info-screen.module.css";
import { useRoomDetail } from "./use-room-detail.ts";

/** Who is in a room, with which role and devices; what this user may change; and the way out. */
export function RoomInfoScreen({ roomId }: { roomId: RoomId }) {
  const { t } = useLingui();
  const { navigation, messenger } = useApp();
  const room = useRoomDetail(roomId);
  useEffect(() => {
    void messenger.client.lookWhoHasCome(roomId);
  }, [messenger, roomId]);
  const titleOf = (kind: RoomDetail["kind"]): string => {
    switch (kind) {
      case "direct":
        return t`Infos zur Person`;
      case "group":
        return t`Infos zur Gruppe`;
      case "channel":
        return t`Infos zum Kanal`;
      default:
        return kind satisfies never;
    }
  };
  return (
    <Screen title={titleOf(room?.kind ?? "group")} onBack={() => navigation.back()} takesFocus>
      {room ? <Info room={room} /> : <SkeletonRows label={t`Wird geladen`} rows={4} />}
    </Screen>
  );
}

function Info({ room }: { room: RoomDetail }) {
  const { t } = useLingui();
  const { navigation } = useApp();
  const me = useMessenger((state) => (state.client.state === "ready" ? state.client.me.userId : undefined));
  const [chosen, setChosen] = useState<UserId>();
  const [leaving, setLeaving] = useState(false);
  const member = room.members.find(({ userId }) => userId === chosen);
  const devices = room.members.reduce((sum, member) => sum + member.devices.length, 0);
  return (
    <>
      <div className={classes.head}>
        <Avatar name={room.name} kind={room.kind} size="large" />
        <h2 className={classes.name}>
          <bdi>{plainName(room.name)}</bdi>
        </h2>
        {room.kind === "channel" ? (
          <p className={classes.about}>
            <Trans>Kanal: nur Leitung und Moderation schreiben</Trans>
          </p>
        ) : null}
        {room.unitName ? <p className={classes.about}>{plainName(room.unitName)}</p> : null}
      </div>
      <p className={classes.secret}>
        <Icon of={LockKeyhole} size={18} />
        <span>
          {room.present ? (
            <Plural
              value={devices}
              one="Ende-zu-Ende-verschlüsselt. Nur # Gerät kann mitlesen; es steht hier."
              other="Ende-zu-Ende-verschlüsselt. Nur diese # Geräte können mitlesen."
            />
          ) : (
            <Trans>Dieses Gerät ist nicht mehr dabei und liest nichts Neues. Was hier steht, bleibt.</Trans>
          )}
        </span>
      </p>
      <div className={classes.section}>
        <h3 className={classes.heading}>
          <Plural value={room.members.length} one="# Person" other="# Personen" />
        </h3>
        {room.canChangeMembers && room.kind !== "direct" ? (
          <Button
            kind="quiet"
            icon={UserPlus}
            onPress={() => navigation.open({ at: "add-people", roomId: room.roomId })}
          >
            {t`Hinzufügen`}
          </Button>
        ) : null}
      </div>
      <ul>
        {room.members.map((member) => (
          <li key={member.userId}>
            <MemberRow
              member={member}
              isMe={member.userId === me}
              showRole={room.kind !== "direct"}
              onMenu={actsFor(room, member).length > 0 ? () => setChosen(member.userId) : undefined}
            />
          </li>
        ))}
      </ul>
      {room.mayLeave ? (
        <div className={classes.way}>
          <Button icon={LogOut} className={classes.leave} onPress={() => setLeaving(true)}>
            {room.kind === "channel" ? t`Kanal verlassen` : t`Chat verlassen`}
          </Button>
        </div>
      ) : null}
      {room.isLeaving ? (
        <p className={classes.way} role="status">
          {room.kind === "channel" ? (
            <Trans>Du verlässt den Kanal, sobald der Server es annimmt.</Trans>
          ) : (
            <Trans>Du verlässt den Chat, sobald der Server es annimmt.</Trans>
          )}
        </p>
      ) : null}
      {member ? (
        <MemberSheet
          room={room}
          member={member}
          isMe={member.userId === me}
          onClose={() => setChosen(undefined)}
        />
      ) : null}
      {leaving ? <LeaveDialog room={room} onClose={() => setLeaving(false)} /> : null}
    </>
  );
}
