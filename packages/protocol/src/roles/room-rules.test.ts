import { expect, test } from "vitest";
import type { ClientId, UserId } from "../ids.ts";
import type { RoomKind, RoomRole } from "../signed/room-roles.ts";
import type { RoomAct } from "./may.ts";
import { may } from "./may.ts";
import { additionAllowed, mayEverBeIn, refoundingAllowed, removalAllowed } from "./membership.ts";
import type { RoomSight } from "./room-rules.ts";
import { actingRoleOf, roleOf, successorIn } from "./room-rules.ts";

const user = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000` as UserId;
const device = (of: UserId, digit = "1") => `${of}:${digit.repeat(32)}@${"0".repeat(32)}` as ClientId;
const [anna, bert, cem, dora] = [user("a"), user("b"), user("c"), user("d")];
const sight = (
  users: Partial<Record<RoomRole, UserId[]>>,
  present: UserId[],
  kind: RoomKind = "group",
): RoomSight => ({
  roles: {
    kind,
    users: (["owner", "moderator", "member", "reader"] as const).flatMap((role) =>
      (users[role] ?? []).map((userId) => ({ userId, role })),
    ),
  },
  present,
});
const acts: RoomAct[] = [
  "post",
  "change-profile",
  "add-users",
  "remove-users",
  "give-roles",
  "mute",
  "refound",
  "leave",
];
const allowed = (room: RoomSight, userId: UserId) => acts.filter((act) => may(room, userId, act));

test("whoever is not listed has the kind's role", () => {
  for (const [kind, role] of [
    ["group", "member"],
    ["channel", "reader"],
    ["direct", undefined],
  ] as const)
    expect(roleOf(sight({ owner: [anna] }, [], kind).roles, bert)).toBe(role);
});

test("what each role allows, in each kind of room", () => {
  const users = { owner: [anna], moderator: [bert], member: [cem], reader: [dora] };
  for (const kind of ["group", "channel"] as const) {
    const room = sight(users, [anna, bert, cem, dora], kind);
    expect(allowed(room, anna)).toEqual(acts);
    expect(allowed(room, bert)).toEqual(acts.filter((act) => act !== "give-roles"));
    expect(allowed(room, cem)).toEqual(["post", "leave"]);
    expect(allowed(room, dora)).toEqual(["leave"]);
  }
  const direct = sight({ owner: [anna, bert] }, [anna, bert], "direct");
  for (const userId of [anna, bert])
    expect(allowed(direct, userId)).toEqual(["post", "add-users", "refound"]);
  expect(allowed(direct, cem)).toEqual([]);
});

test("only some post in a channel", () => {
  const room = sight({ owner: [anna], member: [bert] }, [anna, bert, cem], "channel");
  expect([anna, bert, cem].map((userId) => may(room, userId, "post"))).toEqual([true, true, false]);
});

test("without an owner in the room the first moderator who is there follows, else whoever has been there longest", () => {
  const users = { owner: [anna], moderator: [cem, bert] };
  const follows = (present: UserId[]) => successorIn(sight(users, present));
  expect(follows([dora, bert, cem, anna])).toBeUndefined();
  expect(follows([dora, bert, cem])).toBe(cem);
  expect(follows([dora, bert])).toBe(bert);
  expect(follows([dora])).toBe(dora);
  expect(follows([])).toBeUndefined();
  expect(successorIn(sight({ owner: [anna] }, [dora, bert]))).toBe(dora);
  expect(successorIn(sight({ owner: [anna, bert] }, [cem], "direct"))).toBeUndefined();
});

test("whoever follows acts as owner, the others as before", () => {
  const room = sight({ owner: [anna], moderator: [bert, cem], reader: [dora] }, [dora, cem, bert]);
  expect([bert, cem, dora].map((userId) => actingRoleOf(room, userId))).toEqual([
    "owner",
    "moderator",
    "reader",
  ]);
  expect(actingRoleOf(sight({ owner: [anna], reader: [dora] }, [dora]), dora)).toBe("owner");
});

test("owners and moderators add users, everybody devices of their own (M4)", () => {
  const room = sight({ owner: [anna], moderator: [bert] }, [anna, bert, cem]);
  const adds = (by: UserId, added: UserId) => additionAllowed(room, device(by), device(added, "2"));
  expect([anna, bert, cem].map((by) => adds(by, dora))).toEqual([true, true, false]);
  expect(adds(cem, cem)).toBe(true);
});

test("where only the founder had a role and has a new phone, whoever was there longest adds it", () => {
  const room = sight({ owner: [anna] }, [cem, bert]);
  expect(additionAllowed(room, device(cem), device(anna, "2"))).toBe(true);
  expect(additionAllowed(room, device(bert), device(anna, "2"))).toBe(false);
});

test("owners remove anybody, moderators whoever has no such role, others only their own (M4)", () => {
  const users = [anna, user("e"), bert, user("f"), cem, dora];
  const room = sight({ owner: [anna, user("e")], moderator: [bert, user("f")], reader: [dora] }, users);
  const removed = (by: UserId) =>
    users.filter(
      (userId) =>
        userId !== by && removalAllowed(room, device(by), { device: device(userId), isOver: false }),
    );
  expect(removed(anna)).toEqual(users.filter((userId) => userId !== anna));
  expect(removed(bert)).toEqual([cem, dora]);
  expect(removed(cem)).toEqual([]);
  expect(removed(dora)).toEqual([]);
  for (const by of users)
    expect(removalAllowed(room, device(by), { device: device(by, "2"), isOver: false })).toBe(true);
});

test("what is over is taken out by anybody, an owner's device, too", () => {
  const room = sight({ owner: [anna], reader: [dora] }, [anna, dora], "channel");
  expect(removalAllowed(room, device(dora), { device: device(anna), isOver: true })).toBe(true);
});

test("in a direct room only the two ever are, each brings devices of both, and neither takes the other out", () => {
  const room = sight({ owner: [anna, bert] }, [anna, bert], "direct");
  expect([anna, bert, cem].map((userId) => mayEverBeIn(room, device(userId)))).toEqual([true, true, false]);
  expect(additionAllowed(room, device(anna), device(bert, "2"))).toBe(true);
  expect(additionAllowed(room, device(anna), device(cem))).toBe(false);
  expect(additionAllowed(room, device(cem), device(cem, "2"))).toBe(false);
  expect(removalAllowed(room, device(anna), { device: device(bert), isOver: false })).toBe(false);
  expect(removalAllowed(room, device(anna), { device: device(bert), isOver: true })).toBe(true);
});

test("whoever may add founds anew, never without themselves (M16)", () => {
  const room = sight({ owner: [anna], moderator: [bert] }, [anna, bert, cem]);
  const founds = (author: UserId, without: ClientId | null = null) =>
    refoundingAllowed(room, { author: device(author), without });
  expect([anna, bert, cem].map((by) => founds(by))).toEqual([true, true, false]);
  expect(founds(bert, device(anna))).toBe(true);
  expect(founds(bert, device(bert))).toBe(false);
  const left = sight({ owner: [anna] }, [dora, cem]);
  expect([dora, cem].map((by) => refoundingAllowed(left, { author: device(by), without: null }))).toEqual([
    true,
    false,
  ]);
});
