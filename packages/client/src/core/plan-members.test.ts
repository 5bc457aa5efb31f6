import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { planMembers } from "./plan-members.ts";

const tree = (devices: ClientId[], ended: ClientId[] = []) => ({
  devices,
  isEnded: (device: ClientId) => ended.includes(device),
  isOver: () => false,
});

test("who is wished and not there is claimed, who is to go goes", () => {
  const wish = room({ pending: [userOf(bernd), userOf(clara)], removing: [userOf(bernd)] });
  expect(planMembers(wish, anna, tree([anna, bernd]))).toEqual({ claim: [userOf(clara)], remove: [bernd] });
});

test("nothing is planned without the role, or outside the room", () => {
  const wish = { pending: [userOf(clara)], removing: [userOf(anna)] };
  expect(planMembers(room(wish), bernd, tree([anna, bernd]))).toEqual({ claim: [], remove: [] });
  const left = room({ ...wish, standing: { state: "left" } });
  expect(planMembers(left, anna, tree([anna, bernd]))).toEqual({ claim: [], remove: [] });
});

test("a device never removes itself", () => {
  expect(planMembers(room({ removing: [userOf(anna)] }), anna, tree([anna])).remove).toEqual([]);
});

test("who is wished again with a new device comes, and the ended leaf goes; without the wish it stays", () => {
  const wish = room({ pending: [userOf(bernd)] });
  expect(planMembers(wish, anna, tree([anna, bernd], [bernd]))).toEqual({
    claim: [userOf(bernd)],
    remove: [bernd],
  });
  expect(planMembers(room({}), anna, tree([anna, bernd], [bernd]))).toEqual({ claim: [], remove: [] });
});

test("before anything is sealed, any member takes an ended device out, but never its own", () => {
  const over = { ...tree([anna, bernd, clara], [anna, bernd]), isOver: tree([], [anna, bernd]).isEnded };
  expect(planMembers(room({}), clara, over)).toEqual({ claim: [], remove: [anna, bernd] });
  expect(planMembers(room({}), anna, over)).toEqual({ claim: [], remove: [bernd] });
  expect(planMembers(room({ standing: { state: "left" } }), clara, over).remove).toEqual([]);
});
