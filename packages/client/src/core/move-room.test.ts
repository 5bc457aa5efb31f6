import type { GroupId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { knownPeople } from "./known-people.ts";
import { leftOutOf, movedRoom } from "./move-room.ts";
import { isWanted, planMembers } from "./plan-members.ts";

const nobody = () => false;
const noBytes = new Uint8Array(0);
const move = {
  groupId: "ab".repeat(32) as GroupId,
  devices: [anna],
  joinedEpoch: 1,
  logEpoch: 1,
  ownCommits: [],
  senders: {},
  without: null,
};
const before = room({ devices: [anna, bernd, clara] });
const tree = { devices: [anna], isEnded: nobody, isOver: nobody };

test("whoever was in the old group and is not in the new one is added again by whoever may, with that very device", () => {
  const moved = movedRoom(before, move, nobody);
  expect(moved).toMatchObject({ groupId: move.groupId, devices: [anna], leftOut: [bernd, clara] });
  expect(planMembers(moved, anna, tree).claim).toEqual([userOf(bernd), userOf(clara)]);
  expect(isWanted(moved, clara)).toBe(true);
  expect(isWanted(moved, clara.replace(/:c+@/, ":d@") as typeof clara)).toBe(false);
  // Who may not, knows it and does nothing.
  expect(planMembers(moved, bernd, { ...tree, devices: [anna, bernd] }).claim).toEqual([]);
});

test.each([
  ["was left out by right", before, { without: bernd }],
  ["has asked to leave", { ...before, leaving: [userOf(bernd)] }, {}],
  ["was to be taken out", { ...before, removing: [userOf(bernd)] }, {}],
])("whoever %s is not added again", (_, known, how) => {
  expect(movedRoom(known, { ...move, ...how, devices: [anna, clara] }, nobody).leftOut).toEqual([]);
});

test("a new phone never comes back by a refounding: somebody asks first", () => {
  const isEnded = (device: string) => device === bernd;
  const moved = movedRoom(before, { ...move, devices: [anna, clara] }, isEnded);
  expect(moved).toMatchObject({ leftOut: [], gone: [userOf(bernd)] });
  // It may also end after the refounding.
  const later = movedRoom(before, { ...move, devices: [anna, clara] }, nobody);
  expect(leftOutOf(later, isEnded)).toEqual([]);
  expect(planMembers(later, anna, { ...tree, isEnded }).claim).toEqual([]);
});

test("whoever was left out before, and is still not there, stays so in the next group", () => {
  const once = movedRoom(before, { ...move, devices: [anna, bernd] }, nobody);
  expect(movedRoom(once, { ...move, devices: [anna, bernd] }, nobody).leftOut).toEqual([clara]);
  expect(movedRoom(once, { ...move, devices: [anna, bernd, clara] }, nobody).leftOut).toEqual([]);
});

test("whom the room was founded anew without has gone: before this device is in the new group, and afterwards (M10)", () => {
  const trouble = {
    kind: "moved",
    groupId: move.groupId,
    author: anna,
    without: bernd,
    commit: noBytes,
    since: 0,
  } as const;
  const waiting = { ...before, trouble };
  expect(knownPeople(waiting)).toEqual({ devices: [anna, clara], wished: [], former: [userOf(bernd)] });
  const moved = movedRoom(waiting, { ...move, devices: [anna, clara], without: bernd }, nobody);
  expect(moved.former).toEqual([userOf(bernd)]);
  // Whoever is there again, as this device sees for itself, has not gone.
  expect(movedRoom(moved, { ...move, devices: [anna, bernd] }, nobody).former).toEqual([]);
});
