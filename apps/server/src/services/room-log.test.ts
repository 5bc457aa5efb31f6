/** Committing together: nobody's answer before the disk, and nobody's fault another's (P1, F6). */
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import { newSubmissionId } from "@nimes/protocol/ids";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import { rawApplication } from "@nimes/testing/server/raw-room";
import { appendOf, commit, enrolled, founding } from "@nimes/testing/stores/store-people";
import { beforeEach, expect, test } from "vitest";
import { memoryStores } from "../memory/memory-stores.ts";
import { processHintBus } from "../memory/process-hint-bus.ts";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import type { Stores } from "../ports/stores.ts";
import { createRoomLog, type RoomLog } from "./room-log.ts";

let stores: Stores;
let anna: NewDevice;
let frame: () => SubmitFrame;
beforeEach(async () => {
  stores = memoryStores();
  anna = await enrolled(stores);
  const { roomId, request } = founding(anna);
  await stores.roomLog.append([request, appendOf(anna, roomId, commit(0, [anna]))]);
  frame = () => ({
    type: "submit",
    roomId,
    submissionId: newSubmissionId(),
    submission: rawApplication(roomId),
  });
});

function logOn(append: RoomLogStore["append"]): { log: RoomLog; failures: unknown[] } {
  const failures: unknown[] = [];
  const log = createRoomLog({
    store: { ...stores.roomLog, append },
    hints: processHintBus(),
    now: () => 1,
    keyOf: async () => undefined,
    onStoreFailure: (error) => failures.push(error),
  });
  return { log, failures };
}
const submitAll = (log: RoomLog, frames: readonly SubmitFrame[]) =>
  Promise.all(frames.map((one) => log.submit(anna, one)));

test("what arrives together is committed together, and no answer leaves before the commit (P1)", async () => {
  const batches: number[] = [];
  let written = () => {};
  const onDisk = new Promise<void>((resolve) => {
    written = resolve;
  });
  const { log } = logOn(async (batch) => {
    batches.push(batch.length);
    await onDisk;
    return stores.roomLog.append(batch);
  });
  let answered = 0;
  const answers = submitAll(
    log,
    Array.from({ length: 100 }, () => frame()),
  ).then((all) => {
    answered = all.length;
    return all;
  });
  await expect.poll(() => batches).toEqual([100]);
  expect(answered).toBe(0);
  written();
  expect((await answers).map((answer) => answer.answer === "accepted" && answer.sequence)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 3),
  );
});

test("one that no store can take is refused alone, those that came with it are taken", async () => {
  const poison = frame();
  const { log, failures } = logOn(async (batch) => {
    if (batch.some(({ submissionId }) => submissionId === poison.submissionId)) throw new Error("constraint");
    return stores.roomLog.append(batch);
  });
  const answers = await submitAll(log, [frame(), poison, frame()]);
  expect(answers.map((answer) => (answer.answer === "accepted" ? answer.sequence : answer.code))).toEqual([
    3,
    "unavailable",
    4,
  ]);
  expect(failures).toHaveLength(2);
});

test("with a full disk all that waits is refused, and all of it goes again in order when there is space (F6)", async () => {
  let full = true;
  const { log } = logOn(async (batch) => {
    // While this one fails, the next ones arrive.
    await new Promise(setImmediate);
    if (full) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
    return stores.roomLog.append(batch);
  });
  const frames = [frame(), frame(), frame()];
  const first = submitAll(log, frames.slice(0, 1));
  await new Promise(setImmediate);
  const others = submitAll(log, frames.slice(1));
  first.then(() => {
    full = false;
  });
  const refused = [...(await first), ...(await others)];
  expect(refused).toEqual(frames.map(() => ({ answer: "refused", code: "storage-full" })));
  const again = await submitAll(log, frames);
  expect(again.map((answer) => answer.answer === "accepted" && answer.sequence)).toEqual([3, 4, 5]);
});
