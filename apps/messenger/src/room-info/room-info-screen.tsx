import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId } from "@nimes/protocol/ids";
import { LockKeyhole, UserPlus } from "lucide-react";
import { useState } from "react";
import { useApp, useMessenger } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Screen } from "../ui/screen.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { MemberRow } from "./member-row.tsx";
import classes from "./room-info-screen.module.css";
import { useRoomDetail } from "./use-room-detail.ts";

/** Who is in a room, with which devices; the creator adds and removes. */
export function RoomInfoScreen({ roomId }: { roomId: RoomId }) {
  const { t } = useLingui();
  const { navigation } = useApp();
  const room = useRoomDetail(roomId);
  const title = room?.kind === "direct" ? t`Infos zur Person` : t`Infos zur Gruppe`;
  return (
    <Screen title={title} onBack={() => navigation.back()} takesFocus>
      {room ? <Info room={room} /> : <SkeletonRows label={t`Wird geladen`} rows={4} />}
    </Screen>
  );
}

function Info({ room }: { room: RoomDetail }) {
  const { t } = useLingui();
  const { navigation } = useApp();
  const me = useMessenger((state) => (state.client.state === "ready" ? state.client.me.userId : undefined));
  const [leaving, setLeaving] = useState<RoomMember>();
  const devices = room.members.reduce((sum, member) => sum + member.devices.length, 0);
  const removable = (member: RoomMember) =>
    room.canChangeMembers && room.kind === "group" && member.userId !== me;
  return (
    <>
      <div className={classes.head}>
        <Avatar name={room.name} kind={room.kind} size="large" />
        <h2 className={classes.name}>
          <bdi>{plainName(room.name)}</bdi>
        </h2>
        {room.unitName ? <p className={classes.about}>{plainName(room.unitName)}</p> : null}
      </div>
      <p className={classes.secret}>
        <Icon of={LockKeyhole} size={18} />
        <span>
          <Plural
            value={devices}
            one="Ende-zu-Ende-verschlüsselt. Nur # Gerät kann mitlesen; es steht hier."
            other="Ende-zu-Ende-verschlüsselt. Nur diese # Geräte können mitlesen."
          />
        </span>
      </p>
      <div className={classes.section}>
        <h3 className={classes.heading}>
          <Plural value={room.members.length} one="# Person" other="# Personen" />
        </h3>
        {room.canChangeMembers && room.kind === "group" ? (
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
              onRemove={removable(member) ? () => setLeaving(member) : undefined}
            />
          </li>
        ))}
      </ul>
      {leaving ? <RemoveDialog room={room} member={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </>
  );
}

function RemoveDialog(props: { room: RoomDetail; member: RoomMember; onClose: () => void }) {
  const { t } = useLingui();
  const { messenger } = useApp();
  const sentence = useSentence();
  const { room, member, onClose } = props;
  const [problem, setProblem] = useState<ErrorCode>();
  const [busy, setBusy] = useState(false);
  const name = plainName(member.displayName);
  const remove = async () => {
    setBusy(true);
    const removed = await messenger.client.removePerson(room.roomId, member.userId);
    setBusy(false);
    if (removed.ok) onClose();
    else setProblem(removed.code);
  };
  return (
    <Confirm
      title={t`${name} entfernen?`}
      action={t`Entfernen`}
      danger
      isPending={busy}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <Trans>
        {name} liest ab dann nichts Neues mehr. Was schon da ist, bleibt auf den Geräten von {name}.
      </Trans>
      {problem ? (
        <p className={classes.problem} role="alert">
          {sentence(problem)}
        </p>
      ) : null}
    </Confirm>
  );
}
