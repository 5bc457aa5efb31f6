import { useLingui } from "@lingui/react/macro";
import type { RoomSummary } from "@nimes/client/nimes-client";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { listTime } from "../texts/times.ts";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/cx.ts";
import { Pressable } from "../ui/pressable.tsx";
import { RowBoundary } from "../ui/row-boundary.tsx";
import { RoomPreview } from "./room-preview.tsx";
import classes from "./room-row.module.css";
import { TroubleMark } from "./trouble-mark.tsx";

type RoomRowProps = { room: RoomSummary; selected: boolean; now: number; onOpen: () => void };

/** One line of the rooms list. One that cannot be drawn opens its chat all the same. */
export function RoomRow(props: RoomRowProps) {
  return (
    <RowBoundary of={props.room} instead={<UnshownRoom {...props} />}>
      <DrawnRoom {...props} />
    </RowBoundary>
  );
}

function UnshownRoom({ room, selected, onOpen }: RoomRowProps) {
  const { t } = useLingui();
  return (
    <Pressable
      className={cx(classes.row, selected && classes.selected)}
      onPress={onOpen}
      data-room={room.roomId}
    >
      <span className={classes.text}>
        <span className={classes.preview}>{t`Ein Chat, der hier nicht angezeigt werden kann`}</span>
      </span>
    </Pressable>
  );
}

function DrawnRoom(props: RoomRowProps) {
  const { room, selected, now, onOpen } = props;
  const { t } = useLingui();
  const { language } = useSettings();
  const unread = room.unread > 0;
  return (
    <Pressable
      className={cx(classes.row, selected && classes.selected)}
      onPress={onOpen}
      data-room={room.roomId}
      {...(selected ? { "aria-current": "true" as const } : {})}
    >
      <Avatar name={room.name} kind={room.kind} />
      <span className={classes.text}>
        <span className={classes.line}>
          <bdi className={cx(classes.name, unread && classes.strong)}>{plainName(room.name)}</bdi>
          {room.last ? (
            <span className={cx(classes.time, unread && classes.timeUnread)}>
              {listTime(room.last.at, now, language)}
            </span>
          ) : null}
        </span>
        <span className={classes.line}>
          <RowBoundary of={room} instead={<UnshownPreview />}>
            <RoomPreview room={room} />
          </RowBoundary>
          {room.trouble ? <TroubleMark trouble={room.trouble} /> : null}
          {unread ? (
            <span className={classes.badge}>
              <span aria-hidden="true">{room.unread > 999 ? "999+" : room.unread}</span>
              <span className="unseen">{t`${room.unread} ungelesen`}</span>
            </span>
          ) : null}
        </span>
      </span>
    </Pressable>
  );
}

function UnshownPreview() {
  const { t } = useLingui();
  return <span className={classes.preview}>{t`Vorschau nicht möglich`}</span>;
}
