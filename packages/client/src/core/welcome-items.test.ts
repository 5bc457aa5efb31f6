/** From what a Welcome has to go on, by what is known of its room (M10, M14). */
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { RoomRecord } from "./room-record.ts";
import { joinOptions } from "./welcome-items.ts";

const here = room({ devices: [anna, bernd, clara], former: [userOf(bernd)] });
const { version, hash } = here.roles;
const seen = { roles: { version, hash }, former: [userOf(bernd)] };
const optionsOf = (known: RoomRecord | undefined) => {
  const item = { groupId: new Uint8Array(Buffer.from(here.groupId, "hex")) } as InboxItem;
  return joinOptions(item, known, undefined);
};

test("whoever has never been in the room goes by the Welcome alone", () => {
  expect(optionsOf(undefined)).toEqual({});
});

test("in the group that it is for nothing is compared: it changes nothing, and is done with", () => {
  expect(optionsOf(here)).toEqual({});
});

test.each<[string, Partial<RoomRecord>]>([
  ["was taken out", { standing: { state: "left" } }],
  ["is said to have been taken out", { absent: true }],
  ["has lost its place", { trouble: { kind: "stranded", since: 0 } }],
])("whoever %s is brought in by what it has seen or newer", (_, part) => {
  expect(optionsOf({ ...here, ...part })).toMatchObject({ seen });
});

test("whoever has asked to leave has gone, and whose phone alone was taken out has not", () => {
  const left: RoomRecord = { ...here, standing: { state: "left" } };
  expect(optionsOf({ ...left, leaving: [userOf(clara)] }).seen?.former).toEqual([bernd, clara].map(userOf));
  expect(optionsOf({ ...left, gone: [userOf(bernd)] }).seen?.former).toEqual([]);
});

test("whom the room goes on without has gone, before this device is in the new group", () => {
  const trouble: RoomRecord["trouble"] = {
    kind: "moved",
    groupId: here.groupId,
    author: anna,
    without: clara,
    commit: hash,
    since: 0,
  };
  const known: RoomRecord = { ...here, trouble, groupId: "cd".repeat(32) as RoomRecord["groupId"] };
  expect(optionsOf(known).seen?.former).toEqual([bernd, clara].map(userOf));
});
