/** Uploads over a server that ends between any two parts. */
import { type AttachmentId, newAttachmentId, type RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { type Circle, connect, openCircle } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom } from "@nimes/testing/server/raw-room";
import { afterAll, beforeAll, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
let roomId: RoomId;
beforeAll(async () => {
  circle = await openCircle();
  anna = await circle.join();
  bernd = await circle.join();
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
/** Random bytes; WebCrypto gives at most 64 KiB at once. */
function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
test("an upload interrupted at every part goes on where it was, also across restarts, and is identical (B2)", async () => {
  const attachmentId = newAttachmentId();
  const bytes = random(400_000);
  const partBytes = 70_001;
  must(await begin(anna, attachmentId, bytes.byteLength));
  for (let offset = 0; offset < bytes.byteLength; offset += partBytes) {
    const part = bytes.subarray(offset, offset + partBytes);
    const done = must(await put(anna, attachmentId, offset, part));
    expect(done.received).toBe(offset + part.byteLength);
    // The answer was lost: the same part again says where to go on, and changes nothing.
    expect(await put(anna, attachmentId, offset, part)).toEqual({ status: 409, code: "upload-offset" });
    await circle.server.restart();
    expect(must(await state(anna, attachmentId)).received).toBe(offset + part.byteLength);
    expect(must(await begin(anna, attachmentId, bytes.byteLength)).received).toBe(offset + part.byteLength);
  }
  expect(must(await state(anna, attachmentId))).toEqual({
    size: bytes.byteLength,
    received: bytes.byteLength,
    complete: true,
  });
  expect(Buffer.compare(must(await get(bernd, attachmentId)), bytes)).toBe(0);
  expect(Buffer.compare(must(await get(bernd, attachmentId, 399_990)), bytes.subarray(399_990))).toBe(0);
  expect(must(await get(bernd, attachmentId, 400_000))).toHaveLength(0);
});
