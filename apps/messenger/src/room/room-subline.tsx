import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { RoomSummary } from "@nimes/client/nimes-client";
import { plainName } from "../texts/names.ts";
import classes from "./room-screen.module.css";

/** How many people and devices read here, or the other person's unit; who is not in a group is not told its size. */
export function RoomSubline({ room }: { room: RoomSummary }) {
  const { t } = useLingui();
  const devices = t`${plural(room.devices, { one: "# Gerät", other: "# Geräte" })}`;
  const people = t`${plural(room.people, { one: "# Person", other: "# Personen" })}`;
  // Two ticks say that everybody has it who can.
  const reading = t`${plural(room.readers, { one: "# liest mit", other: "# lesen mit" })}`;
  const told = room.readers < room.people ? [people, reading, devices] : [people, devices];
  const inGroup = room.present ? told : [];
  const parts = room.kind === "direct" ? [plainName(room.unitName ?? "")] : inGroup;
  return <span className={classes.subline}>{parts.filter((part) => part !== "").join(" · ")}</span>;
}
