import type { UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { Names } from "./view.ts";
import { detailOf } from "./view-room.ts";

const names: Names = { self: anna, user: () => undefined, unitName: (unitId) => unitId };

test("roles are offered to those who may give them, for those who are in the room, and never so that nobody leads", () => {
  const detail = (part: Parameters<typeof room>[0], self = anna) =>
    detailOf({ ...names, self }, room({ devices: [anna, bernd], ...part }), []);
  const grantable = (part: Parameters<typeof room>[0], self = anna) =>
    Object.fromEntries(
      detail(part, self).members.map(({ userId, grantable: roles }) => [userId, roles.join()]),
    );
  const [a, b, c] = [anna, bernd, clara].map(userOf) as [UserId, UserId, UserId];
  expect(grantable({ pending: [c] })).toEqual({ [a]: "", [b]: "owner,moderator,reader", [c]: "" });
  expect(grantable({}, bernd)).toEqual({ [a]: "", [b]: "" });
  const roles = { ...room().roles, users: [a, b].map((userId) => ({ userId, role: "owner" as const })) };
  expect(grantable({ roles })).toEqual({ [a]: "moderator,member,reader", [b]: "moderator,member,reader" });
});

test("whoever has left is shown so until the tree is without them, and leads nothing", () => {
  const detail = detailOf(
    { ...names, self: bernd },
    room({ devices: [anna, bernd], leaving: [userOf(anna)] }),
    [],
  );
  expect(detail.members).toMatchObject([
    { userId: userOf(anna), state: "left", grantable: [] },
    { userId: userOf(bernd), state: "member", role: "owner" },
  ]);
  expect(detail).toMatchObject({ myRole: "owner", isLastOwner: true });
});

test("the last owner is told who follows by the rule, others are not", () => {
  const roles = {
    ...room().roles,
    users: [
      { userId: userOf(anna), role: "owner" as const },
      { userId: userOf(clara), role: "moderator" as const },
    ],
  };
  const detail = (part: Parameters<typeof room>[0], self = anna) =>
    detailOf({ ...names, self }, room({ devices: [anna, bernd, clara], ...part }), []);
  expect(detail({})).toMatchObject({ isLastOwner: true, successor: userOf(bernd) });
  expect(detail({ roles })).toMatchObject({ isLastOwner: true, successor: userOf(clara) });
  expect(detail({ roles }, clara)).toMatchObject({ isLastOwner: false });
  expect(detail({ roles }, clara)).not.toHaveProperty("successor");
  expect(detail({ devices: [anna] })).not.toHaveProperty("successor");
});

test("how many can have what is written is told apart from how many are meant: no phone yet, or one that has ended", () => {
  const pending = [userOf(clara)];
  const counts = (looking: Names) => {
    const { people, readers, devices } = detailOf(looking, room({ devices: [anna, bernd], pending }), []);
    return { people, readers, devices };
  };
  expect(counts(names)).toEqual({ people: 3, readers: 2, devices: 2 });
  const ended = [{ clientId: bernd, deviceClass: "service", since: 1, until: 2 }];
  const user = (userId: UserId) =>
    userId === userOf(bernd) ? ({ userId, ended } as unknown as ReturnType<Names["user"]>) : undefined;
  expect(counts({ ...names, user })).toEqual({ people: 3, readers: 1, devices: 2 });
});
