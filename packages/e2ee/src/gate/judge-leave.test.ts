/** Leaving is said by a device of whoever leaves, for one room, and by nobody else. */
import { fromHex } from "@nimes/protocol/bytes";
import type { GroupId } from "@nimes/protocol/ids";
import { parseClientId } from "@nimes/protocol/ids";
import type { RoomLeave } from "@nimes/protocol/signed/room-leave";
import { signStructure } from "@nimes/protocol/signed/signed";
import { makeRoom } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { Room } from "../e2ee.ts";
import { judgeLeave } from "./judge-leave.ts";

const leaveOf = (
  { roomId, groupId }: Room,
  { clientId }: TestOfficer,
  part: Partial<RoomLeave> = {},
): RoomLeave => ({
  orgId: parseClientId(clientId)?.orgId ?? ("" as RoomLeave["orgId"]),
  roomId,
  device: clientId,
  time: 1_700_000_000_000,
  groupId: fromHex(groupId),
  epoch: 1,
  nonce: new Uint8Array(16),
  ...part,
});

test("a leaving counts by a device of that user, in that room, while the device counts", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const { room, now: time } = await makeRoom(circle, anna, [bert]);
  const other = await makeRoom(circle, anna, []);
  const atHand = { directory: circle.directory, isFresh: true };
  const tree = [anna.clientId, bert.clientId];
  const place = { room, tree, time, stand: { groupId: room.groupId, epoch: 1 } };
  const signed = await signStructure("RoomLeave", leaveOf(room, bert), [bert.device]);
  const refused = (reason: string) => ({ result: "refused", reason });
  expect(await judgeLeave(atHand, place, signed)).toMatchObject({
    result: "opened",
    value: { device: bert.clientId },
  });
  const byAnna = await signStructure("RoomLeave", leaveOf(room, bert), [anna.device]);
  expect(await judgeLeave(atHand, place, byAnna)).toEqual(refused("unreadable"));
  const elsewhere = await signStructure("RoomLeave", leaveOf(other.room, bert), [bert.device]);
  expect(await judgeLeave(atHand, place, elsewhere)).toEqual(refused("wrong-room"));
  const asAnother = await signStructure("Refounding", leaveOf(room, bert), [bert.device]);
  expect(await judgeLeave(atHand, place, asAnother)).toEqual(refused("unreadable"));
  const alone = { ...place, tree: [anna.clientId] };
  expect(await judgeLeave(atHand, alone, signed)).toEqual(refused("not-permitted"));
  // Whoever has come back behind it, into a tree without Bert, has waited for him.
  const awaited = { devices: [bert.clientId], until: time };
  const healed = { ...alone, room: { ...room, awaited } };
  expect(await judgeLeave(atHand, healed, signed)).toMatchObject({ result: "opened" });
  const nobody = { directory: () => "unprovable" as const, isFresh: true };
  expect(await judgeLeave(nobody, place, signed)).toEqual(refused("not-on-chain"));
  const old = { directory: () => "unprovable" as const, isFresh: false };
  expect(await judgeLeave(old, place, signed)).toEqual({ result: "chain-missing", userIds: [bert.userId] });
});

test("a leaving counts only where the log stands in the epoch and group in which it was written (M6)", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const { room, now: time } = await makeRoom(circle, anna, [bert]);
  const atHand = { directory: circle.directory, isFresh: true };
  const place = { room, tree: [anna.clientId, bert.clientId], time };
  const judged = async (part: Partial<RoomLeave>, epoch: number, groupId = room.groupId) => {
    const signed = await signStructure("RoomLeave", leaveOf(room, bert, part), [bert.device]);
    const judgement = await judgeLeave(atHand, { ...place, stand: { groupId, epoch } }, signed);
    return judgement.result === "refused" ? judgement.reason : judgement.result;
  };
  expect(await judged({ epoch: 3 }, 3)).toBe("opened");
  for (const epoch of [2, 4]) expect(await judged({ epoch: 3 }, epoch)).toBe("wrong-room");
  const other = "b".repeat(64) as GroupId;
  expect(await judged({ epoch: 3 }, 3, other)).toBe("wrong-room");
  // An own refounding that the log has not shown: what stands before it is judged by the group of then.
  expect(await judged({ epoch: 3, groupId: fromHex(other) }, 3, other)).toBe("opened");
});

test("nobody leaves a direct room", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const { room, now: time } = await makeRoom(circle, anna, [bert], { kind: "direct" });
  const signed = await signStructure("RoomLeave", leaveOf(room, bert), [bert.device]);
  const place = {
    room,
    tree: [anna.clientId, bert.clientId],
    time,
    stand: { groupId: room.groupId, epoch: 1 },
  };
  expect(await judgeLeave({ directory: circle.directory, isFresh: true }, place, signed)).toEqual({
    result: "refused",
    reason: "not-permitted",
  });
});
