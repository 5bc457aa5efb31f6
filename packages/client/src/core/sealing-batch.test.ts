import type { GroupId, MessageId } from "@nimes/protocol/ids";
import { room, roomId } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { OutboxRecord, Stage } from "./outbox-record.ts";
import { nextBatch } from "./sealing-batch.ts";

const waiting = (position: number, stage: Partial<Extract<Stage, { at: "waiting" }>>): OutboxRecord => ({
  roomId,
  position,
  messageId: String(position).padStart(32, "0") as MessageId,
  composedAt: 1,
  body: { kind: "text", text: `${position}` },
  stage: { at: "waiting", ...stage },
});
const staleIn = (groupId: GroupId) => ({ groupId, epoch: 1, notBefore: 0 });

test("what was refused in a group that the room has left is counted anew, what was refused in this one is not (P4)", () => {
  const { groupId } = room();
  const other = "cd".repeat(32) as GroupId;
  const countersOf = (group: GroupId, ownCounter: number) =>
    nextBatch(
      room({ ownCounter }),
      [7, 8].map((counter) => waiting(counter, { counter, stale: staleIn(group) })),
      { epoch: 2, now: 1 },
    )?.counters;
  expect(countersOf(groupId, 6)).toEqual([7, 8]);
  // Whoever has come in anew has counted nothing yet; whoever has come with the others goes on.
  expect(countersOf(other, 0)).toEqual([1, 2]);
  expect(countersOf(other, 6)).toEqual([7, 8]);
});
