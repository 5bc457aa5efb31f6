import type { ClientId, SubmissionId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, knowledge, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { applyEntries } from "./apply-entries.ts";
import { forbiddenRemovals, planMembers, toDemote } from "./plan-members.ts";

const nobody = (): boolean => false;
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

test("a wish to take somebody out whom the roles protect is none, also when the roles change later", () => {
  const { roles } = room();
  const users = [...roles.users, { userId: userOf(bernd), role: "moderator" as const }];
  const wish = room({
    roles: { ...roles, users },
    devices: [anna, bernd, clara],
    removing: [userOf(anna), userOf(clara)],
  });
  expect(forbiddenRemovals(wish, bernd, nobody)).toEqual([userOf(anna)]);
  expect(forbiddenRemovals(wish, anna, nobody)).toEqual([]);
  expect(forbiddenRemovals({ ...wish, roles }, bernd, nobody)).toEqual([userOf(anna), userOf(clara)]);
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

test("before anybody comes, the leaves of all who have left go; else they stay until something is sealed", () => {
  const leaving = [userOf(bernd)];
  const wish = room({ leaving, pending: [userOf(clara)] });
  expect(planMembers(wish, anna, tree([anna, bernd]))).toEqual({ claim: [userOf(clara)], remove: [bernd] });
  expect(planMembers(room({ leaving }), anna, tree([anna, bernd]))).toEqual({ claim: [], remove: [] });
});

test("whoever has left and is wished for again comes, and the leaf from before goes", () => {
  const wish = room({ leaving: [userOf(bernd)], pending: [userOf(bernd)] });
  expect(planMembers(wish, anna, tree([anna, bernd]))).toEqual({ claim: [userOf(bernd)], remove: [bernd] });
});

test("whoever leads and is out of the tree is to lose the lead as well, by whoever may still take it", () => {
  const { roles } = room();
  const lead = (device: ClientId, role: "owner" | "moderator") => ({ userId: userOf(device), role });
  const users = [...roles.users, lead(bernd, "moderator"), lead(clara, "moderator")];
  const open = room({ roles: { ...roles, users }, devices: [anna, bernd], removing: [userOf(clara)] });
  expect(toDemote(open)).toEqual([userOf(clara)]);
  expect(toDemote({ ...open, devices: [anna, bernd, clara] })).toEqual([]);
  expect(forbiddenRemovals(open, anna, nobody)).toEqual([]);
  // Moderators give no roles: whoever was owner when they began gives it up.
  expect(forbiddenRemovals(open, bernd, nobody)).toEqual([userOf(clara)]);
});

test("whoever was taken out and is added again by somebody else stays", () => {
  const open = room({ devices: [anna, bernd], removing: [userOf(clara)] });
  const devices = [anna, bernd, clara];
  const commit = { outcome: "commit" as const, sequence: 1, epoch: 1, committer: bernd, devices };
  const entry = {
    sequence: 1,
    kind: "commit" as const,
    epoch: 0,
    sender: bernd,
    submissionId: "1".repeat(32) as SubmissionId,
    time: 1_000,
    bytes: new Uint8Array(9),
  };
  const { room: next } = applyEntries(open, [{ entry, outcome: commit }], knowledge);
  expect(next.removing).toEqual([]);
  expect(planMembers(next, anna, tree(devices)).remove).toEqual([]);
});
