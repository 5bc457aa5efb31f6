/** For which epoch a device signs that its person leaves, whatever the server shows it. */
import { fromHex } from "@nimes/protocol/bytes";
import { userOf } from "@nimes/protocol/ids";
import { RoomLeave } from "@nimes/protocol/signed/room-leave";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { bernd, room, roomId } from "@nimes/testing/client/room";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { newSigner } from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import type { RoomRecord } from "../../core/room-record.ts";
import type { Trouble } from "../../core/trouble.ts";
import { createLeaving } from "./leaving.ts";

const { groupId } = room();
const other = "ef".repeat(32) as typeof groupId;
const stranded: Trouble = { kind: "stranded", since: 0 };
const moved: Trouble = {
  kind: "moved",
  groupId: other,
  author: bernd,
  without: null,
  commit: new Uint8Array(32),
  since: 0,
};

type Needs = Parameters<typeof createLeaving>[0];

/** Bernd wants to leave; his device has followed the group up to epoch 4. @returns what it signs for, if anything. */
async function signedFor(
  part: Partial<RoomRecord>,
): Promise<{ groupId: Uint8Array; epoch: number } | undefined> {
  const record = room({ wantsOut: true, logEpoch: 4, ...part });
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let signed: ReturnType<typeof peekSigned<typeof RoomLeave>> | undefined;
  const clock = createManualClock();
  const needs = {
    self: { clientId: bernd, userId: userOf(bernd) },
    device: await newSigner(),
    rooms: { get: () => record, all: () => [record] },
    e2ee: { epochOf: async () => 4 },
    submissions: {
      async submit({ submission }: { submission: { leave: Parameters<typeof peekSigned>[1] } }) {
        signed = peekSigned(RoomLeave, submission.leave);
        asked();
        return { answer: "refused", code: "stale-epoch" };
      },
    },
    clock: {
      ...clock,
      after(...wait: Parameters<typeof clock.after>) {
        asked();
        return clock.after(...wait);
      },
    },
    isOnline: () => true,
    failed(error: unknown) {
      throw error;
    },
  } as unknown as Needs;
  createLeaving(needs).look(roomId);
  await isAsked;
  return signed?.ok ? { groupId: signed.value.groupId, epoch: signed.value.epoch } : undefined;
}

test.for<[string, Partial<RoomRecord>, { groupId: string; epoch: number } | undefined]>([
  ["the log and the group are at one", { stand: { groupId, epoch: 4 } }, { groupId, epoch: 4 }],
  ["the log has not shown an own commit", { stand: { groupId, epoch: 3 } }, { groupId, epoch: 3 }],
  ["commits were invented", { stand: { groupId, epoch: 6 } }, { groupId, epoch: 4 }],
  ["one commit did not open", { stand: { groupId, epoch: 5 }, trouble: stranded }, { groupId, epoch: 5 }],
  ["two commits did not open", { stand: { groupId, epoch: 6 }, trouble: stranded }, undefined],
  [
    "the room goes on in another group",
    { stand: { groupId: other, epoch: 1 }, trouble: moved },
    { groupId: other, epoch: 1 },
  ],
  [
    "commits of another group were invented",
    { stand: { groupId: other, epoch: 3 }, trouble: moved },
    undefined,
  ],
])(
  "where %s, a leaving counts at no later time at which its person may have been added again (M6)",
  async ([, part, wanted]) => {
    expect(await signedFor(part)).toEqual(
      wanted && { groupId: fromHex(wanted.groupId), epoch: wanted.epoch },
    );
  },
);
