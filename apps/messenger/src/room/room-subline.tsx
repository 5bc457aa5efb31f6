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
  const { people: all } = room;
  // Two ticks say that everybody has it who can; short, because a phone is narrow.
  const reading = t`${plural(room.readers, { one: `# von ${all} liest mit`, other: `# von ${all} lesen mit` })}`;
  const told = [room.readers < all ? reading : people, devices];
  const inGroup = room.present ? told : [];
  const parts = room.kind === "direct" ? [plainName(room.unitName ?? "")] : inGroup;
  return <span className={classes.subline}>{parts.filter((part) => part !== "").join(" · ")}</span>;
}
