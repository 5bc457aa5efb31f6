/** Encrypted attachments: resumable at every byte, for members only, within a quota (TESTS: Attachments). */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type AttachmentId, newAttachmentId, type RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { type Circle, connect, openCircle } from "@nimes/testing/server/circle";
import { type RawDevice, taken } from "@nimes/testing/server/raw-device";
import { foundRoom, rawCommit, submit } from "@nimes/testing/server/raw-room";
import { afterAll, beforeAll, expect, test } from "vitest";

const quotaBytes = 3_000_000;
let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
let stranger: RawDevice;
let roomId: RoomId;
beforeAll(async () => {
  circle = await openCircle({ quotaBytes });
  anna = await circle.join();
  bernd = await circle.join();
  stranger = await circle.join();
  const socket = await connect(circle.server, anna);
  roomId = await foundRoom(socket, anna.test, { others: [bernd.test] });
  await socket.close();
});
afterAll(() => circle.close());

const begin = (device: RawDevice, attachmentId: AttachmentId, size: number) =>
  device.call(routes.postAttachment, { body: { roomId, attachmentId, size } });
const put = (device: RawDevice, attachmentId: AttachmentId, offset: number, body: Uint8Array) =>
  device.call(routes.putAttachmentPart, { params: { attachmentId }, query: { offset: `${offset}` }, body });
const get = (device: RawDevice, attachmentId: AttachmentId, offset = 0) =>
  device.call(routes.getAttachment, { params: { attachmentId }, query: { offset: `${offset}` } });
const state = (device: RawDevice, attachmentId: AttachmentId) =>
  device.call(routes.getAttachmentState, { params: { attachmentId } });
const remove = (device: RawDevice, attachmentId: AttachmentId) =>
  device.call(routes.deleteAttachment, { params: { attachmentId } });
/** Random bytes; WebCrypto gives at most 64 KiB at once. */
function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
const filesOnDisk = (): string[] =>
  readdirSync(join(circle.server.dataFolder, "attachments"), { recursive: true })
    .map(String)
    .filter((name) => name.includes("/"));

test("an upload interrupted at every part goes on where it was, also across restarts, and is identical (B2)", async () => {
  const attachmentId = newAttachmentId();
  const bytes = random(400_000);
  const partBytes = 70_001;
  taken(await begin(anna, attachmentId, bytes.byteLength));
  for (let offset = 0; offset < bytes.byteLength; offset += partBytes) {
    const part = bytes.subarray(offset, offset + partBytes);
    const done = taken(await put(anna, attachmentId, offset, part));
    expect(done.received).toBe(offset + part.byteLength);
    // The answer was lost: the same part again says where to go on, and changes nothing.
    expect(await put(anna, attachmentId, offset, part)).toEqual({ status: 409, code: "upload-offset" });
    await circle.server.restart();
    expect(taken(await state(anna, attachmentId)).received).toBe(offset + part.byteLength);
    expect(taken(await begin(anna, attachmentId, bytes.byteLength)).received).toBe(offset + part.byteLength);
  }
  expect(taken(await state(anna, attachmentId))).toEqual({
    size: bytes.byteLength,
    received: bytes.byteLength,
    complete: true,
  });
  expect(Buffer.compare(taken(await get(bernd, attachmentId)), bytes)).toBe(0);
  expect(Buffer.compare(taken(await get(bernd, attachmentId, 399_990)), bytes.subarray(399_990))).toBe(0);
  expect(taken(await get(bernd, attachmentId, 400_000))).toHaveLength(0);
  taken(await remove(anna, attachmentId));
});

test("a large attachment is read in parts that are bounded", async () => {
  const attachmentId = newAttachmentId();
  const bytes = random(limits.maxUploadPartBytes + 5);
  taken(await begin(anna, attachmentId, bytes.byteLength));
  taken(await put(anna, attachmentId, 0, bytes.subarray(0, limits.maxUploadPartBytes)));
  taken(await put(anna, attachmentId, limits.maxUploadPartBytes, bytes.subarray(limits.maxUploadPartBytes)));
  const first = taken(await get(anna, attachmentId));
  const rest = taken(await get(anna, attachmentId, first.byteLength));
  expect(Buffer.compare(Buffer.concat([first, rest]), bytes)).toBe(0);
  taken(await remove(anna, attachmentId));
});

test("two parts at the same offset at the same moment: one is taken", async () => {
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 2_000));
  const both = await Promise.all([0, 1].map(() => put(anna, attachmentId, 0, random(1_000))));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(taken(await state(anna, attachmentId)).received).toBe(1_000);
  taken(await remove(anna, attachmentId));
});

test("parts beyond the size, at another offset or too large are refused", async () => {
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 100));
  expect(await put(anna, attachmentId, 0, random(101))).toEqual({ status: 413, code: "too-large" });
  expect(await put(anna, attachmentId, 1, random(10))).toEqual({ status: 409, code: "upload-offset" });
  const huge = await put(anna, attachmentId, 0, random(limits.maxUploadPartBytes + 1));
  expect(huge).toEqual({ status: 413, code: "too-large" });
  expect(taken(await state(anna, attachmentId)).received).toBe(0);
  taken(await remove(anna, attachmentId));
});

test("beyond the quota nothing is begun and nothing is left behind (B8)", async () => {
  const before = filesOnDisk();
  const ids = Array.from({ length: 4 }, newAttachmentId);
  const begun = await Promise.all(ids.map((id) => begin(bernd, id, 1_000_000)));
  expect(begun.map(({ status }) => status).sort()).toEqual([200, 200, 200, 413]);
  const refused = ids[begun.findIndex(({ status }) => status === 413)];
  if (!refused) throw new Error("nothing was refused");
  expect(await state(bernd, refused)).toEqual({ status: 404, code: "not-found" });
  expect(await put(bernd, refused, 0, random(10))).toEqual({ status: 404, code: "not-found" });
  expect(filesOnDisk()).toEqual(before);
  // What is taken back makes room.
  const [first] = ids.filter((id) => id !== refused);
  if (first) taken(await remove(bernd, first));
  expect(await begin(bernd, refused, 1_000_000)).toMatchObject({ status: 200 });
  for (const id of ids) await remove(bernd, id);
});

test("an attachment of a room one is not in looks like one that does not exist (S5)", async () => {
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 10));
  const missing = { status: 404, code: "not-found" };
  const unfinished = await get(bernd, attachmentId);
  expect(unfinished).toEqual(missing);
  taken(await put(anna, attachmentId, 0, random(10)));
  expect(taken(await get(bernd, attachmentId))).toHaveLength(10);
  for (const id of [attachmentId, newAttachmentId()]) {
    expect(await get(stranger, id)).toEqual(missing);
    expect(await state(stranger, id)).toEqual(missing);
    expect(await put(stranger, id, 0, random(1))).toEqual(missing);
    expect(await remove(stranger, id)).toEqual(missing);
  }
  // A member reads, but only the sender's device changes.
  expect(await remove(bernd, attachmentId)).toEqual(missing);
  const elsewhere = { roomId: "0".repeat(64), attachmentId: newAttachmentId(), size: 1 };
  const refused = { status: 404, code: "not-a-member" };
  expect(await stranger.call(routes.postAttachment, { body: elsewhere })).toEqual(refused);
  expect(await begin(stranger, newAttachmentId(), 1)).toEqual(refused);
  taken(await remove(anna, attachmentId));
});

test("an id that another device has begun is not taken over", async () => {
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 10));
  expect(await begin(bernd, attachmentId, 10)).toEqual({ status: 403, code: "forbidden" });
  taken(await remove(anna, attachmentId));
});

test("what was taken back is gone from the disk", async () => {
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 10));
  taken(await put(anna, attachmentId, 0, random(10)));
  expect(filesOnDisk().some((name) => name.includes(attachmentId))).toBe(true);
  taken(await remove(anna, attachmentId));
  expect(filesOnDisk().some((name) => name.includes(attachmentId))).toBe(false);
  expect(await get(anna, attachmentId)).toEqual({ status: 404, code: "not-found" });
});

test("who was removed from the room reads its attachments no more (M10)", async () => {
  const clara = await circle.join();
  const socket = await connect(circle.server, anna);
  const everybody = [anna, bernd, clara].map(({ test: one }) => one.clientId);
  await submit(socket, roomId, rawCommit(1, everybody));
  const attachmentId = newAttachmentId();
  taken(await begin(anna, attachmentId, 10));
  taken(await put(anna, attachmentId, 0, random(10)));
  expect(taken(await get(clara, attachmentId))).toHaveLength(10);
  await submit(socket, roomId, rawCommit(2, everybody.slice(0, 2), { welcome: false }));
  expect(await get(clara, attachmentId)).toEqual({ status: 404, code: "not-found" });
  await socket.close();
});
