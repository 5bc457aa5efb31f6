import type { RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { ok, refuse } from "@nimes/protocol/result";
import { expect, test } from "vitest";
import { heirsOf, leave } from "./leaving.ts";

const [bernd, clara] = ["b".repeat(8), "c".repeat(8)] as [UserId, UserId];
const roomId = "12".repeat(32) as RoomId;
const member = (userId: UserId, grantable: RoomMember["grantable"]) => ({ userId, grantable }) as RoomMember;
const room = (isLastOwner: boolean) =>
  ({
    isLastOwner,
    members: [member(bernd, ["owner", "reader"]), member(clara, [])],
  }) as unknown as RoomDetail;

function recording(refuses = false) {
  const asked: unknown[] = [];
  return {
    asked,
    client: {
      setRole: async (...args: unknown[]) => {
        asked.push(args);
        return refuses ? refuse("forbidden") : ok(undefined);
      },
      leaveRoom: async (...args: unknown[]) => {
        asked.push(args);
        return ok(undefined);
      },
    },
  };
}

test("only the last owner is asked who leads on, of those who may", () => {
  expect(heirsOf(room(true)).map(({ userId }) => userId)).toEqual([bernd]);
  expect(heirsOf(room(false))).toEqual([]);
});

test("the lead is handed over before leaving, and not at all to whoever follows by the rule", async () => {
  const handed = recording();
  expect(await leave(handed.client, { roomId, successor: bernd }, clara)).toEqual(ok(undefined));
  expect(handed.asked).toEqual([[roomId, clara, "owner"], [roomId]]);
  const follows = recording();
  await leave(follows.client, { roomId, successor: bernd }, bernd);
  await leave(follows.client, { roomId }, undefined);
  expect(follows.asked).toEqual([[roomId], [roomId]]);
});

test("nobody leaves whose lead could not be handed over", async () => {
  const { asked, client } = recording(true);
  expect(await leave(client, { roomId, successor: bernd }, clara)).toEqual(refuse("forbidden"));
  expect(asked).toEqual([[roomId, clara, "owner"]]);
});
