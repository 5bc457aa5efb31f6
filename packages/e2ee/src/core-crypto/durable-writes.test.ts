/** That the encryption says nothing before its state is on disk, and nothing at all once it cannot be. */
import { makeRoom, open, sealNow, send, textContent } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { afterEach, expect, test } from "vitest";
import { StoreNotWritten } from "./durable-writes.ts";

const { put } = IDBObjectStore.prototype;
afterEach(() => {
  IDBObjectStore.prototype.put = put;
});

async function scene() {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  return { anna, bert, log: await makeRoom(circle, anna, [bert]) };
}

/** Everything that is on disk, as one text. */
function diskContent(): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("core-crypto");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction("blocks").objectStore("blocks").getAll();
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => {
        opening.result.close();
        resolve(
          JSON.stringify(reading.result, (_key, value) =>
            ArrayBuffer.isView(value) ? String(value) : value,
          ),
        );
      };
    };
  });
}

/** Time enough for any write that somebody might have forgotten to wait for. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("what was sealed, opened or joined is on disk when that is said (P1, P2)", async () => {
  const { anna, bert, log } = await scene();
  const steps: (() => Promise<unknown>)[] = [
    () => send(log, anna, ["eins"]),
    () => open(log, bert, log.entries.slice(-1)),
    () => anna.e2ee.newKeyPackages(3),
    () => bert.e2ee.leaveRoom(log.room.groupId),
  ];
  for (const step of steps) {
    const before = await diskContent();
    await step();
    const after = await diskContent();
    await manyTurns();
    expect(after).not.toBe(before);
    expect(await diskContent()).toBe(after);
  }
});

test("when a write fails nothing is said to be sealed, and what is on disk stays as it was (F6)", async () => {
  const { anna, bert, log } = await scene();
  const entries = await send(log, anna, ["eins"]);
  const before = await diskContent();
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await expect(sealNow(log, anna, [textContent("zwei")])).rejects.toThrow(StoreNotWritten);
  IDBObjectStore.prototype.put = put;
  // Blocks that were not written are forgotten by core-crypto: a later write would leave the store torn.
  await expect(sealNow(log, anna, [textContent("drei")])).rejects.toThrow(StoreNotWritten);
  await expect(bert.e2ee.open(log.room, entries, async () => {})).rejects.toThrow(StoreNotWritten);
  await manyTurns();
  expect(await diskContent()).toBe(before);
});
