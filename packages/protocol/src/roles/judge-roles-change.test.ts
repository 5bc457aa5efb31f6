import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCbor } from "../cbor.ts";
import type { ClientId, OrgId, UserId } from "../ids.ts";
import { limits } from "../limits.ts";
import { rolesHash } from "../signed/hashes.ts";
import type { RoomKind, RoomRole, RoomRoles } from "../signed/room-roles.ts";
import { checkContinues, checkRoles, couldBeAllowed, judgeRolesChange } from "./judge-roles-change.ts";
import { roleOf } from "./room-rules.ts";

const orgId = "0".repeat(32) as OrgId;
const user = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000` as UserId;
const [anna, bert, cem, dora] = [user("a"), user("b"), user("c"), user("d")];
const everybody = [anna, bert, cem, dora];
type Given = Partial<Record<RoomRole, UserId[]>>;
const listOf = (given: Given): RoomRoles["users"] =>
  (["owner", "moderator", "member", "reader"] as const).flatMap((role) =>
    (given[role] ?? []).map((userId) => ({ userId, role })),
  );
const roles = (by: UserId, given: Given | RoomRoles["users"], part: Partial<RoomRoles> = {}): RoomRoles => ({
  orgId,
  version: 2,
  previous: new Uint8Array(32),
  kind: "group",
  author: `${by}:${"1".repeat(32)}@${orgId}` as ClientId,
  users: Array.isArray(given) ? given : listOf(given),
  nonce: new Uint8Array(16),
  time: 0,
  ...part,
});
const before = roles(anna, { owner: [anna], moderator: [bert], reader: [dora] });
const verdict = (next: RoomRoles, present: readonly UserId[] = everybody) => {
  const judged = judgeRolesChange({ roles: before, present }, next);
  return judged.ok ? "allowed" : judged.code;
};

describe("owners", () => {
  test.each<[string, Given]>([
    ["give every role", { owner: [anna, bert], moderator: [cem], reader: [dora] }],
    ["hand over and stay as member", { owner: [cem] }],
    ["take every role", { owner: [anna] }],
    ["give a role to somebody who is not there yet", { owner: [anna], moderator: [user("e")] }],
  ])("%s", (_name, given) => expect(verdict(roles(anna, given))).toBe("allowed"));

  test("the last one hands over to somebody who is in the room, or stays", () => {
    expect(verdict(roles(anna, { owner: [user("e")] }))).toBe("forbidden");
    expect(verdict(roles(anna, { moderator: [anna] }))).toBe("malformed");
  });
});

describe("moderators", () => {
  test.each<[string, Given]>([
    ["let a reader write", { owner: [anna], moderator: [bert], member: [dora] }],
    ["let a reader write by naming nobody", { owner: [anna], moderator: [bert] }],
    ["make a member reader", { owner: [anna], moderator: [bert], reader: [cem, dora] }],
  ])("%s", (_name, given) => expect(verdict(roles(bert, given))).toBe("allowed"));

  test.each<[string, Given]>([
    ["make themselves owner", { owner: [anna, bert], reader: [dora] }],
    ["make another owner", { owner: [anna, cem], moderator: [bert], reader: [dora] }],
    ["make another moderator", { owner: [anna], moderator: [bert, cem], reader: [dora] }],
    ["take the owner's role", { owner: [bert], reader: [dora] }],
    ["make the owner a reader", { owner: [cem], moderator: [bert], reader: [anna, dora] }],
    ["step down by themselves", { owner: [anna], reader: [dora] }],
  ])("do not %s (M4)", (_name, given) => expect(verdict(roles(bert, given))).toBe("forbidden"));

  test("do not change who follows an owner", () => {
    const two = roles(anna, { owner: [anna], moderator: [bert, cem] });
    const swapped = roles(bert, { owner: [anna], moderator: [cem, bert] });
    expect(judgeRolesChange({ roles: two, present: everybody }, swapped)).toEqual({
      ok: false,
      code: "forbidden",
    });
  });

  test("use up half of the versions at most, so that the owner has the last word", () => {
    const half = limits.maxRolesVersion / 2;
    const mute = { owner: [anna], moderator: [bert], reader: [cem] };
    expect(verdict(roles(bert, mute, { version: half }))).toBe("allowed");
    expect(verdict(roles(bert, mute, { version: half + 1 }))).toBe("forbidden");
    expect(verdict(roles(anna, mute, { version: limits.maxRolesVersion }))).toBe("allowed");
  });
});

test("members, readers and strangers change nothing (M4)", () => {
  for (const by of [cem, dora]) {
    expect(verdict(roles(by, before.users))).toBe("forbidden");
    expect(verdict(roles(by, { owner: [anna, by] }))).toBe("forbidden");
  }
  expect(verdict(roles(user("e"), before.users))).toBe("forbidden");
});

test("whoever is not in the room any more changes nothing, an owner neither", () => {
  expect(verdict(roles(anna, before.users), [bert, cem])).toBe("forbidden");
});

test("whoever follows an owner who is gone decides as owner, and must leave an owner in the room", () => {
  expect(verdict(roles(bert, { owner: [bert] }), [cem, bert])).toBe("allowed");
  expect(verdict(roles(bert, { owner: [anna, cem] }), [cem, bert])).toBe("allowed");
  expect(verdict(roles(bert, { owner: [anna] }), [cem, bert])).toBe("forbidden");
  expect(verdict(roles(cem, { owner: [cem] }), [cem, bert])).toBe("forbidden");
  expect(verdict(roles(cem, { owner: [cem] }), [cem, dora])).toBe("allowed");
  expect(verdict(roles(dora, { owner: [dora] }), [cem, dora])).toBe("forbidden");
});

test("in a direct room nothing ever changes", () => {
  const direct = roles(anna, { owner: [anna, bert] }, { kind: "direct" });
  for (const present of [[anna, bert], [bert]])
    expect(
      judgeRolesChange({ roles: direct, present }, roles(bert, { owner: [anna, bert] }, { kind: "direct" })),
    ).toEqual({
      ok: false,
      code: "forbidden",
    });
});

test.each<[string, Partial<RoomRoles>]>([
  ["a user named twice", { users: [...before.users, ...before.users] }],
  ["nobody as owner", { users: listOf({ moderator: [anna] }) }],
  ["another organisation's author", { orgId: "1".repeat(32) as OrgId }],
  ["no hash of the one before", { previous: null }],
  ["a hash before the first", { version: 1 }],
  ["two unlike in a direct room", { kind: "direct", users: listOf({ owner: [anna], member: [bert] }) }],
])("a version with %s is malformed", (_name, part) => {
  expect(checkRoles({ ...before, ...part })).toMatchObject({ ok: false, code: "malformed" });
});

test("only the very next version of the same room continues a chain", () => {
  const payload = encodeCbor(before);
  const next = roles(anna, before.users, { version: 3, previous: rolesHash(payload) });
  const continues = (part: Partial<RoomRoles>) =>
    checkContinues({ roles: before, payload }, { ...next, ...part }).ok;
  expect(continues({})).toBe(true);
  for (const part of [
    { version: 2 },
    { version: 4 },
    { previous: new Uint8Array(32) },
    { previous: null },
    { kind: "channel" as const },
    { orgId: "1".repeat(32) as OrgId },
  ])
    expect(continues(part)).toBe(false);
});

/** All orders of all subsets. */
const gatherings = (from: readonly UserId[]): UserId[][] => [
  [],
  ...from.flatMap((first) => gatherings(from.filter((one) => one !== first)).map((rest) => [first, ...rest])),
];
const anyUsers = (kind: RoomKind) =>
  fc
    .tuple(
      fc.shuffledSubarray([...everybody], { minLength: 1 }),
      fc.array(fc.constantFrom<RoomRole>("owner", "moderator", "member", "reader"), {
        minLength: 4,
        maxLength: 4,
      }),
    )
    .map(([people, given]) => people.map((userId, index) => ({ userId, role: given[index] ?? "owner" })))
    .filter((users) => checkRoles(roles(anna, users, { kind })).ok);
const anyChange = fc.constantFrom<RoomKind>("group", "channel").chain((kind) =>
  fc.record({
    before: anyUsers(kind).map((users) => roles(anna, users, { kind })),
    next: fc
      .record({ by: fc.constantFrom(...everybody), users: anyUsers(kind) })
      .map(({ by, users }) => roles(by, users, { kind })),
  }),
);

test("without knowing who was there, exactly that passes which some gathering allows", () => {
  const all = gatherings(everybody);
  fc.assert(
    fc.property(anyChange, (change) => {
      const some = all.some((present) => judgeRolesChange({ roles: change.before, present }, change.next).ok);
      expect(couldBeAllowed(change.before, change.next).ok).toBe(some);
    }),
    { numRuns: 400 },
  );
});

test("whatever is allowed, an owner is in the room afterwards", () => {
  fc.assert(
    fc.property(anyChange, fc.shuffledSubarray([...everybody]), (change, present) => {
      if (!judgeRolesChange({ roles: change.before, present }, change.next).ok) return;
      expect(present.some((userId) => roleOf(change.next, userId) === "owner")).toBe(true);
    }),
  );
});
