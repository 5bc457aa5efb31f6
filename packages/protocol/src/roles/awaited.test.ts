/** Whoever founds a room anew without those who lead it gets nothing by it. */
import { expect, test } from "vitest";
import type { ClientId, UserId } from "../ids.ts";
import { userOf } from "../ids.ts";
import { limits } from "../limits.ts";
import type { RoomKind, RoomRole } from "../signed/room-roles.ts";
import { type Awaited, awaitedAt, awaitedBehind, awaitedBehindRoles, stillAwaited } from "./awaited.ts";
import { may } from "./may.ts";
import { additionAllowed, removalAllowed } from "./membership.ts";
import type { RoomSight } from "./room-rules.ts";
import { actingRoleOf, successorIn } from "./room-rules.ts";

const user = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000` as UserId;
const device = (of: UserId, digit = "1") => `${of}:${digit.repeat(32)}@${"0".repeat(32)}` as ClientId;
const [anna, bert, cem, dora] = [user("a"), user("b"), user("c"), user("d")];
const all = [anna, bert, cem, dora];
const tree = all.map((one) => device(one));
const sightOf = (
  users: [UserId, RoomRole][],
  present: readonly UserId[],
  awaited: readonly ClientId[] = [],
  kind: RoomKind = "group",
): RoomSight => ({
  roles: { kind, users: users.map(([userId, role]) => ({ userId, role })) },
  present,
  awaited,
});
const led: [UserId, RoomRole][] = [
  [anna, "owner"],
  [bert, "moderator"],
  [cem, "moderator"],
];
const at = (time: number) => ({ time, hadEnded: () => false });
const founding = { tree, author: device(cem), without: null, time: 1_000 };
const until = 1_000 + limits.awaitedMs;

/** Behind a refounding by Cem into this tree. */
function behind(there: readonly UserId[], part: Partial<Parameters<typeof awaitedBehind>[0]> = {}) {
  const sight = part.sight ?? sightOf(led, all);
  const leaders = awaitedBehind({ ...founding, sight, ...part });
  const after = there.map((one) => device(one));
  return stillAwaited(leaders, after);
}
const named = (awaited: Awaited | undefined): UserId[] => (awaited?.devices ?? []).map(userOf);

test("a moderator who founds a room anew without the owner stays a moderator", () => {
  const awaited = behind([cem, dora]);
  expect(awaited).toEqual({ devices: [device(anna), device(bert)], until });
  const sight = sightOf(led, [cem, dora], awaitedAt(awaited, at(1_001)));
  expect(successorIn(sight)).toBeUndefined();
  expect(actingRoleOf(sight, cem)).toBe("moderator");
  expect(may(sight, cem, "give-roles")).toBe(false);
  expect(removalAllowed(sight, device(cem), { device: device(bert), isOver: false })).toBe(false);
  // Without anybody who is awaited, Cem would follow.
  expect(successorIn({ ...sight, awaited: [] })).toBe(cem);
});

test("nor does anybody get ahead of whoever follows an owner who is gone", () => {
  const gone = sightOf(led, [bert, cem, dora]);
  const awaited = behind([cem, dora], { sight: gone, tree: tree.slice(1) });
  expect(named(awaited)).toEqual([bert]);
  expect(successorIn(sightOf(led, [cem, dora], awaited?.devices))).toBe(bert);
  // Without roles, whoever has been there longest; those who do not lead are not awaited.
  const alone = sightOf([[anna, "owner"]], [bert, cem, dora]);
  const founded = { sight: alone, tree: tree.slice(1), author: device(bert) };
  expect(behind([bert], founded)).toBeUndefined();
  expect(named(behind([cem], founded))).toEqual([bert]);
});

test("whoever leads and is awaited is brought back by anybody, with that very device and no other", () => {
  const sight = sightOf(led, [cem, dora], [device(anna)]);
  expect(additionAllowed(sight, device(dora), device(anna))).toBe(true);
  expect(additionAllowed(sight, device(dora), device(anna, "2"))).toBe(false);
  expect(additionAllowed(sight, device(dora), device(bert))).toBe(false);
  expect(additionAllowed({ ...sight, awaited: [] }, device(dora), device(anna))).toBe(false);
});

test("with any device of theirs in the tree they are awaited no more; else after thirty days as if taken out", () => {
  const awaited = behind([cem, dora]);
  expect(named(stillAwaited(awaited, [device(cem), device(anna, "2")]))).toEqual([bert]);
  expect(awaitedAt(awaited, at(until))).toHaveLength(2);
  expect(awaitedAt(awaited, at(until + 1))).toEqual([]);
});

test("whose device has ended by then is awaited no more, and whoever follows leads", () => {
  const awaited = behind([cem, dora]);
  const endsAt = (end: number) => ({
    hadEnded: (one: ClientId, time: number): boolean => one === device(anna) && time > end,
  });
  const there = (time: number) => awaitedAt(awaited, { time, ...endsAt(2_000) });
  expect(there(2_000)).toEqual([device(anna), device(bert)]);
  expect(successorIn(sightOf(led, [cem, dora], there(2_000)))).toBeUndefined();
  expect(there(2_001)).toEqual([device(bert)]);
  expect(successorIn(sightOf(led, [cem, dora], there(2_001)))).toBe(bert);
});

test("whom the author names as the one it is done without is awaited all the same, unless the author may take them out", () => {
  expect(named(behind([cem, dora], { without: device(anna) }))).toEqual([anna, bert]);
  expect(named(behind([cem, dora], { without: device(bert) }))).toEqual([anna, bert]);
  expect(named(behind([anna, dora], { author: device(anna), without: device(bert) }))).toEqual([cem]);
});

test("whoever was awaited before, and is still not there, stays so in the next group; whoever has left is not", () => {
  const before = sightOf(led, [cem, dora], [device(anna)]);
  const again = { sight: before, tree: [device(cem), device(dora)], time: 5_000 };
  expect(behind([cem], again)).toEqual({ devices: [device(anna)], until: 5_000 + limits.awaitedMs });
  expect(named(behind([cem, dora], { sight: sightOf(led, [bert, cem, dora]) }))).toEqual([bert]);
});

test("in a direct room nobody is awaited: both are alike", () => {
  const pair: [UserId, RoomRole][] = [
    [anna, "owner"],
    [bert, "owner"],
  ];
  const sight = sightOf(pair, [anna, bert], [], "direct");
  expect(behind([bert], { sight, tree: tree.slice(0, 2), author: device(bert) })).toBeUndefined();
});

test("whoever loses the lead by an entry of the roles is awaited no more, and not again by a later one", () => {
  const awaited = behind([anna, dora], { author: device(anna) });
  expect(named(awaited)).toEqual([bert, cem]);
  const { roles } = sightOf(led, all);
  const without = sightOf([led[0] as [UserId, RoomRole], [cem, "owner"]], all).roles;
  const taken = awaitedBehindRoles(awaited, roles, without);
  expect(named(taken)).toEqual([cem]);
  expect(named(awaitedBehindRoles(taken, without, roles))).toEqual([cem]);
  expect(awaitedBehindRoles(taken, without, sightOf([[anna, "owner"]], all).roles)).toBeUndefined();
});
