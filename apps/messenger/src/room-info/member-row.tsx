import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomMember } from "@nimes/client/nimes-client";
import { ChevronDown, EllipsisVertical } from "lucide-react";
import { useId, useState } from "react";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { dateOnly } from "../texts/times.ts";
import { useSentence } from "../texts/use-sentence.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import { isOutside } from "./member-acts.ts";
import classes from "./member-row.module.css";
import { RoleName } from "./role-name.tsx";

/**
 * A member; a press shows the devices behind the name.
 * @param props.showRole in a room of two nobody has more to say than the other.
 * @param props.onMenu left out where there is nothing that this user may do.
 */
export function MemberRow(props: {
  member: RoomMember;
  isMe: boolean;
  showRole: boolean;
  onMenu: (() => void) | undefined;
}) {
  const { t } = useLingui();
  const { member, isMe, showRole, onMenu } = props;
  const [open, setOpen] = useState(false);
  const sentenceOf = useSentence();
  const devicesId = useId();
  const name = plainName(member.displayName);
  const devices =
    member.devices.length === 0
      ? ""
      : t`${plural(member.devices.length, { one: "# Gerät", other: "# Geräte" })}`;
  return (
    <div className={classes.member}>
      <div className={classes.row}>
        <Pressable
          className={classes.main}
          aria-expanded={open}
          aria-controls={devicesId}
          onPress={() => setOpen(!open)}
        >
          <Avatar name={name} kind="direct" size="small" />
          <span className={classes.text}>
            <span className={classes.name}>
              <bdi>{name}</bdi> {isMe ? <span className={classes.me}>({t`ich`})</span> : null}
            </span>
            <span className={classes.about}>
              {[plainName(member.unitName), devices].filter((part) => part !== "").join(" · ")}
            </span>
            {showRole ? (
              <span className={cx(classes.role, leads(member.role) && classes.leads)}>
                <RoleName role={member.role} />
              </span>
            ) : null}
            <Standing member={member} />
            {member.refused === undefined ? null : (
              <span className={classes.pending}>{sentenceOf(member.refused)}</span>
            )}
          </span>
          <Icon of={ChevronDown} size={18} className={cx(classes.arrow, open && classes.turned)} />
        </Pressable>
        {onMenu ? (
          <IconButton
            icon={EllipsisVertical}
            label={isMe ? t`Meine Rolle` : t`Aktionen für ${name}`}
            onPress={onMenu}
          />
        ) : null}
      </div>
      <div id={devicesId} hidden={!open}>
        <Devices member={member} />
      </div>
    </div>
  );
}

/** Why somebody is not, or not for long, among those who read here. */
function Standing({ member }: { member: RoomMember }) {
  switch (member.state) {
    case "member":
      if (isOutside(member))
        return (
          <span className={classes.pending}>
            <Trans>Neues Gerät, hier noch nicht dabei</Trans>
          </span>
        );
      return member.awaited ? (
        <span className={classes.pending}>
          <Trans>Noch nicht im Chat angekommen</Trans>
        </span>
      ) : null;
    case "pending":
      return (
        <span className={classes.pending}>
          <Trans>Kommt dazu, sobald das Telefon online ist</Trans>
        </span>
      );
    case "leaving":
      return (
        <span className={classes.pending}>
          <Trans>Wird entfernt. Bis dahin geht keine Nachricht hinaus.</Trans>
        </span>
      );
    case "left":
      return (
        <span className={classes.pending}>
          <Trans>Hat den Chat verlassen und liest nichts Neues mehr</Trans>
        </span>
      );
    default:
      return member.state satisfies never;
  }
}

const leads = (role: RoomMember["role"]): boolean => role === "owner" || role === "moderator";

function Devices({ member }: { member: RoomMember }) {
  const { t } = useLingui();
  const { language } = useSettings();
  if (member.devices.length === 0)
    return (
      <p className={classes.none}>
        <Trans>Noch kein Gerät</Trans>
      </p>
    );
  return (
    <ul className={classes.devices}>
      {member.devices.map((device) => (
        <li key={device.clientId} className={classes.device}>
          <span className={device.deviceClass === "private" ? classes.private : classes.service}>
            {device.deviceClass === "private" ? t`Privat` : t`Dienstlich`}
          </span>
          <Trans>seit {dateOnly(device.since, language)}</Trans>
        </li>
      ))}
    </ul>
  );
}
