import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { RoomMember } from "@nimes/client/nimes-client";
import { ChevronDown, UserMinus } from "lucide-react";
import { useId, useState } from "react";
import { useSettings } from "../model/context.tsx";
import { plainName } from "../texts/names.ts";
import { dateOnly } from "../texts/times.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { Pressable } from "../ui/pressable.tsx";
import classes from "./member-row.module.css";

/** A member; a press shows the devices behind the name. */
export function MemberRow(props: { member: RoomMember; isMe: boolean; onRemove: (() => void) | undefined }) {
  const { t } = useLingui();
  const { member, isMe, onRemove } = props;
  const [open, setOpen] = useState(false);
  const devicesId = useId();
  const name = plainName(member.displayName);
  const isOutside =
    member.state === "member" && member.devices.length === 0 && (member.ended ?? []).length > 0;
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
            {isOutside ? (
              <span className={classes.pending}>
                <Trans>Neues Gerät, hier noch nicht dabei</Trans>
              </span>
            ) : null}
            {member.state === "pending" ? (
              <span className={classes.pending}>
                <Trans>Kommt dazu, sobald das Telefon online ist</Trans>
              </span>
            ) : null}
          </span>
          {member.role === "member" ? null : (
            <span className={classes.role}>{member.role === "owner" ? t`Leitung` : t`Moderation`}</span>
          )}
          <Icon of={ChevronDown} size={18} className={cx(classes.arrow, open && classes.turned)} />
        </Pressable>
        {onRemove ? <IconButton icon={UserMinus} label={t`${name} entfernen`} onPress={onRemove} /> : null}
      </div>
      <div id={devicesId} hidden={!open}>
        <Devices member={member} />
      </div>
    </div>
  );
}

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
