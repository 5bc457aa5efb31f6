/** Uploads through the routes: resumed wherever they broke off, within the quota, for members only (B2, B8, S5). */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AttachmentId, RoomId } from "@nimes/protocol/ids";
import { newAttachmentId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, rawCommit, submit } from "@nimes/testing/server/raw-room";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { folderObjectStore } from "../files/folder-object-store.ts";
import { memoryStores } from "../memory/memory-stores.ts";
import { StorageFull } from "../ports/storage-full.ts";
import { createAttachments } from "./attachments.ts";

const quotaBytes = 1_000_000;
let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
let roomId: RoomId;
beforeAll(async () => {
  circle = await openCircle({ quotaBytes });
});
beforeEach(async () => {
  [anna, bernd] = [await circle.join(), await circle.join()];
  const socket = await connect(circle.server, anna);
  roomId = await foundRoom(socket, anna.test, { others: [bernd.test] });
  await socket.close();
});
afterAll(() => circle.close());

const begin = (device: RawDevice, attachmentId: AttachmentId, size: number, room: RoomId = roomId) =>
  device.call(routes.postAttachment, { body: { roomId: room, attachmentId, size } });
const put = (device: RawDevice, attachmentId: AttachmentId, offset: number, body: Uint8Array) =>
  device.call(routes.putAttachmentPart, {
    params: { attachmentId },
    query: { offset: String(offset) },
    body,
  });
const state = (device: RawDevice, attachmentId: AttachmentId) =>
  device.call(routes.getAttachmentState, { params: { attachmentId } });
const get = (device: RawDevice, attachmentId: AttachmentId, offset = 0) =>
  device.call(routes.getAttachment, { params: { attachmentId }, query: { offset: String(offset) } });
const takeBack = (device: RawDevice, attachmentId: AttachmentId) =>
  device.call(routes.deleteAttachment, { params: { attachmentId } });
const fileOf = (id: AttachmentId): string =>
  join(circle.server.dataFolder, "attachments", id.slice(0, 2), id);
async function upload(device: RawDevice, bytes: Uint8Array): Promise<AttachmentId> {
  const attachmentId = newAttachmentId();
  must(await begin(device, attachmentId, bytes.byteLength));
  must(await put(device, attachmentId, 0, bytes));
  return attachmentId;
}
const notFound = { status: 404, code: "not-found" };

describe("an upload", () => {
  test("that breaks off at every part goes on where the server says, and is identical (B2)", async () => {
    const bytes = new Uint8Array(randomBytes(20 * 4_096 + 17));
    const attachmentId = newAttachmentId();
    let progress = must(await begin(anna, attachmentId, bytes.byteLength));
    while (!progress.complete) {
      const { received } = progress;
      expect(await get(bernd, attachmentId)).toEqual(notFound);
      await put(anna, attachmentId, received, bytes.slice(received, received + 4_096));
      // The answer was lost: the device begins again, repeats the last part, and is told where it stands.
      if (received === 8_192) await circle.server.restart();
      const again = await put(anna, attachmentId, received, bytes.slice(received, received + 4_096));
      expect(again).toMatchObject({ status: 409, code: "upload-offset" });
      progress = must(await begin(anna, attachmentId, bytes.byteLength));
      expect(must(await state(anna, attachmentId))).toEqual(progress);
    }
    const whole = Buffer.concat([
      must(await get(bernd, attachmentId)),
      must(await get(bernd, attachmentId, bytes.byteLength)),
    ]);
    expect(Buffer.compare(whole, bytes)).toBe(0);
    expect(Buffer.compare(must(await get(bernd, attachmentId, 70_000)), bytes.slice(70_000))).toBe(0);
  });

  test("is fetched in parts of at most the limit", async () => {
    const big = await openCircle({ quotaBytes: 10 * limits.maxUploadPartBytes });
    try {
      const carla = await big.join();
      const socket = await connect(big.server, carla);
      const room = await foundRoom(socket, carla.test, { others: [] });
      const attachmentId = newAttachmentId();
      const size = limits.maxUploadPartBytes + 1_000;
      must(await begin(carla, attachmentId, size, room));
      const first = new Uint8Array(randomBytes(limits.maxUploadPartBytes));
      expect(await put(carla, attachmentId, 0, new Uint8Array(limits.maxUploadPartBytes + 1))).toMatchObject({
        status: 413,
      });
      must(await put(carla, attachmentId, 0, first));
      expect(must(await put(carla, attachmentId, first.byteLength, new Uint8Array(1_000))).complete).toBe(
        true,
      );
      expect(Buffer.compare(must(await get(carla, attachmentId)), first)).toBe(0);
      expect(must(await get(carla, attachmentId, first.byteLength))).toHaveLength(1_000);
      await socket.close();
    } finally {
      await big.close();
    }
  });

  test("takes one of many parts that come at once, and never more than its size", async () => {
    const attachmentId = newAttachmentId();
    must(await begin(anna, attachmentId, 3_000));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => put(anna, attachmentId, 0, new Uint8Array(1_000).fill(index))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(must(await state(anna, attachmentId))).toEqual({ size: 3_000, received: 1_000, complete: false });
    expect(await put(anna, attachmentId, 1_000, new Uint8Array(2_001))).toMatchObject({
      status: 413,
      code: "too-large",
    });
    for (const offset of [0, 999, 1_001, 2_000])
      expect(await put(anna, attachmentId, offset, new Uint8Array(10))).toMatchObject({
        code: "upload-offset",
      });
    expect(must(await put(anna, attachmentId, 1_000, new Uint8Array(2_000))).complete).toBe(true);
    expect(await put(anna, attachmentId, 3_000, new Uint8Array(1))).toMatchObject({ code: "upload-offset" });
  });

  test("over the quota is refused with 413 and leaves nothing behind, also when many begin at once (B8)", async () => {
    const ids = Array.from({ length: 10 }, () => newAttachmentId());
    const answers = await Promise.all(ids.map((id) => begin(anna, id, 300_000)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const refused = ids.filter((_, index) => answers[index]?.status !== 200);
    for (const [index, answer] of answers.entries())
      if (answer.status !== 200) {
        expect(answer).toEqual({ status: 413, code: "quota" });
        expect(await state(anna, ids[index] ?? newAttachmentId())).toEqual(notFound);
      }
    for (const id of refused) {
      expect(await put(anna, id, 0, new Uint8Array(10))).toEqual(notFound);
      expect(existsSync(fileOf(id))).toBe(false);
    }
    // Another device has its own.
    expect((await begin(bernd, newAttachmentId(), 900_000)).status).toBe(200);
    const [kept] = ids.filter((_, index) => answers[index]?.status === 200);
    if (!kept) throw new Error("one was taken");
    must(await takeBack(anna, kept));
    expect((await begin(anna, newAttachmentId(), 300_000)).status).toBe(200);
  });

  test("that is taken back leaves nothing, also while a part is being written (B8)", async () => {
    const files = () =>
      readdirSync(join(circle.server.dataFolder, "attachments"), { recursive: true }).map(String);
    for (let round = 0; round < 10; round += 1) {
      const attachmentId = newAttachmentId();
      must(await begin(anna, attachmentId, 100_000));
      must(await put(anna, attachmentId, 0, new Uint8Array(10_000)));
      const [, , back] = await Promise.all([
        put(anna, attachmentId, 10_000, new Uint8Array(10_000)),
        put(anna, attachmentId, 20_000, new Uint8Array(10_000)),
        takeBack(anna, attachmentId),
        put(anna, attachmentId, 30_000, new Uint8Array(10_000)),
      ]);
      expect(back?.status).toBe(200);
      expect(files().filter((name) => name.endsWith(attachmentId))).toEqual([]);
      expect(await state(anna, attachmentId)).toEqual(notFound);
      expect(await takeBack(anna, attachmentId)).toEqual(notFound);
    }
  });
});

describe("others (S5)", () => {
  test("who are not in the room find nothing, whether it exists or not", async () => {
    const stranger = await circle.join();
    const attachmentId = await upload(anna, new Uint8Array(100));
    const missing = newAttachmentId();
    for (const id of [attachmentId, missing]) {
      expect(await get(stranger, id)).toEqual(notFound);
      expect(await state(stranger, id)).toEqual(notFound);
      expect(await put(stranger, id, 0, new Uint8Array(10))).toEqual(notFound);
      expect(await takeBack(stranger, id)).toEqual(notFound);
      expect(await begin(stranger, id, 100)).toEqual({ status: 404, code: "not-a-member" });
    }
    expect(must(await get(bernd, attachmentId))).toHaveLength(100);
  });

  test("in the room read it, and neither write, take back nor take over its id", async () => {
    const attachmentId = await upload(anna, new Uint8Array(100).fill(5));
    expect(await begin(bernd, attachmentId, 100)).toEqual({ status: 403, code: "forbidden" });
    expect(await begin(anna, attachmentId, 101)).toEqual({ status: 403, code: "forbidden" });
    expect(await state(bernd, attachmentId)).toEqual(notFound);
    expect(await put(bernd, attachmentId, 100, new Uint8Array(1))).toEqual(notFound);
    expect(await takeBack(bernd, attachmentId)).toEqual(notFound);
    expect(must(await get(bernd, attachmentId))).toEqual(new Uint8Array(100).fill(5));
  });

  test("who were removed find nothing any more", async () => {
    const attachmentId = await upload(anna, new Uint8Array(100));
    expect((await get(bernd, attachmentId)).status).toBe(200);
    const socket = await connect(circle.server, anna);
    await submit(socket, roomId, await rawCommit({ roomId, epoch: 1 }, [anna.test.clientId]));
    await socket.close();
    expect(await get(bernd, attachmentId)).toEqual(notFound);
    expect(await begin(bernd, newAttachmentId(), 10)).toEqual({ status: 404, code: "not-a-member" });
  });
});

test("bytes that are gone from the disk are not found, and say nothing else", async () => {
  const attachmentId = await upload(anna, new Uint8Array(100));
  rmSync(fileOf(attachmentId));
  expect(await get(bernd, attachmentId)).toEqual(notFound);
});

test("a full disk is said, nothing of the part stays, and it goes on when there is space (F6)", async () => {
  const stores = memoryStores();
  const objects = folderObjectStore(join(circle.server.dataFolder, "full"));
  let full = true;
  const attachments = createAttachments({
    store: stores.attachments,
    objects: {
      ...objects,
      append: (id, offset, bytes) =>
        full ? Promise.reject(new StorageFull("No space left")) : objects.append(id, offset, bytes),
    },
    roomLog: stores.roomLog,
    quotaBytes,
    now: Date.now,
  });
  const { deviceId, clientId, device } = anna.test;
  const holder = { deviceId, clientId, userId: anna.test.letter.userId, deviceKey: device.publicKey };
  const attachmentId = newAttachmentId();
  await stores.attachments.addWithin(
    { attachmentId, roomId, deviceId, size: 10, complete: false, createdAt: 0 },
    100,
  );
  const part = { attachmentId, offset: 0, bytes: new Uint8Array(10) };
  expect(await attachments.append(holder, part)).toEqual({ ok: false, code: "storage-full" });
  expect(await attachments.state(holder, attachmentId)).toMatchObject({
    value: { received: 0, complete: false },
  });
  full = false;
  expect(await attachments.append(holder, part)).toMatchObject({ value: { received: 10, complete: true } });
});

test("uploads that nobody finished go after a day, all others with the entries they belong to", async () => {
  const stores = memoryStores();
  const objects = folderObjectStore(join(circle.server.dataFolder, "old"));
  const day = 24 * 60 * 60_000;
  let now = 0;
  const attachments = createAttachments({
    store: stores.attachments,
    objects,
    roomLog: stores.roomLog,
    quotaBytes,
    now: () => now,
  });
  const { deviceId } = anna.test;
  const [finished, unfinished] = [newAttachmentId(), newAttachmentId()];
  for (const [attachmentId, complete] of [
    [finished, true],
    [unfinished, false],
  ] as const) {
    await stores.attachments.addWithin(
      { attachmentId, roomId, deviceId, size: 3, complete, createdAt: 0 },
      100,
    );
    await objects.append(attachmentId, 0, new Uint8Array(2));
  }
  const sizes = async () => [await objects.size(finished), await objects.size(unfinished)];
  now = day - 1;
  await attachments.cleanUp();
  expect(await sizes()).toEqual([2, 2]);
  now = day + 1;
  await attachments.cleanUp();
  expect(await sizes()).toEqual([2, 0]);
  now = limits.entryLifetimeMs + 1;
  await attachments.cleanUp();
  expect(await sizes()).toEqual([0, 0]);
  expect(await stores.attachments.get(finished)).toBeUndefined();
});
