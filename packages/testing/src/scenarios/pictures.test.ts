/** Pictures between officers: encrypted, uploaded in parts, fetched whole or not at all. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import type { MessageItem } from "@nimes/client/nimes-client";
import type { Http, HttpRequest } from "@nimes/client/ports/http";
import type { Storage } from "@nimes/client/ports/storage";
import { sealedSizeFor } from "@nimes/e2ee/attachments/chunks";
import { concat, equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { type MessageId, newMessageId, type RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { jpegOf } from "./jpeg.ts";
import type { Officer } from "./officers.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const twoParts = 2_500_000;

const pictureIn = (officer: Officer, roomId: RoomId): Promise<MessageItem> =>
  until(officer.client, `${officer.name} sees a picture`, async () =>
    (await act.messagesOf(officer, roomId)).find(({ body }) => body.kind === "picture"),
  );
const hasDelivery = (officer: Officer, roomId: RoomId, messageId: MessageId, state: string) =>
  until(officer.client, `the picture is ${state}`, async () =>
    (await act.messagesOf(officer, roomId)).some(
      (item) => item.messageId === messageId && item.delivery?.state === state,
    ),
  );

async function send(officer: Officer, roomId: RoomId, file: Blob): Promise<MessageId> {
  const sent = await officer.client.sendPicture(roomId, { file, caption: "Kennzeichen" });
  if (!sent.ok) throw new Error(sent.code);
  return sent.value;
}

/** The whole picture held against the original; bytes are compared here because a difference fills the screen. */
async function shown(officer: Officer, roomId: RoomId, messageId: MessageId, original: Uint8Array) {
  const opened = await officer.client.picture(roomId, messageId);
  if (!opened.ok) throw new Error(opened.code);
  return { same: equalBytes(opened.value.bytes, original), mediaType: opened.value.mediaType };
}

/** Requests of uploads and downloads go through `change`, everything else as it is. */
const attachmentsThrough = (
  inner: Http,
  change: (request: HttpRequest) => ReturnType<Http["send"]>,
): Http => ({
  send: (request) => (request.url.includes("/v1/attachments") ? change(request) : inner.send(request)),
});

test("a picture arrives identical, with its thumbnail at once, and is at hand for its sender", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  const jpeg = jpegOf(twoParts);
  const thumbnail = jpegOf(9_000);
  const messageId = await send(anna, room, new SafeJpeg(jpeg, thumbnail));
  expect(await shown(anna, room, messageId, jpeg)).toEqual({ same: true, mediaType: "image/jpeg" });

  const received = await pictureIn(bernd, room);
  expect(received.body).toEqual({
    kind: "picture",
    caption: "Kennzeichen",
    width: 800,
    height: 600,
    thumbnail,
    thumbnailType: "image/jpeg",
    sizeBytes: twoParts,
  });
  expect(await shown(bernd, room, messageId, jpeg)).toEqual({ same: true, mediaType: "image/jpeg" });
  await hasDelivery(anna, room, messageId, "delivered");
});

test("an upload that is interrupted at every part goes on and arrives identical (B2)", async () => {
  const bernd = await here.join("Bernd");
  let asked = 0;
  const flaky = attachmentsThrough(fetchHttp, async (request) => {
    asked += 1;
    // Every other request dies, half of those after the server has taken it: unknown to the client.
    if (asked % 2 === 0) return fetchHttp.send(request);
    if (asked % 4 === 1) await fetchHttp.send(request);
    return refuse("no-network");
  });
  const anna = await here.join("Anna", { http: flaky, clock: fastClock(20) });
  const room = await act.openDirect(anna, bernd);
  const jpeg = jpegOf(twoParts);
  await send(anna, room, new SafeJpeg(jpeg, jpegOf(2_000)));
  const received = await pictureIn(bernd, room);
  expect((await shown(bernd, room, received.messageId, jpeg)).same).toBe(true);
});

test("an upload that a server lets stand still is shown as failed, and goes when it is tried again", async () => {
  const bernd = await here.join("Bernd");
  let lying = true;
  let parts = 0;
  const standing = attachmentsThrough(fetchHttp, async (request) => {
    if (!lying || request.method !== "PUT") return fetchHttp.send(request);
    parts += 1;
    const body = Uint8Array.from(encodeCbor({ size: sealedSizeFor(twoParts), received: 0, complete: false }));
    return ok({ status: 200, header: () => null, body });
  });
  const anna = await here.join("Anna", { http: standing, clock: fastClock(100) });
  const room = await act.openDirect(anna, bernd);
  const jpeg = jpegOf(twoParts);
  const messageId = await send(anna, room, new SafeJpeg(jpeg, jpegOf(2_000)));
  await hasDelivery(anna, room, messageId, "wedged");
  expect((await act.messagesOf(anna, room)).at(-1)?.delivery).toEqual({
    state: "wedged",
    reason: "upload-stalled",
  });
  expect(parts).toBeLessThan(10);
  lying = false;
  await anna.client.retry(room, messageId);
  const received = await pictureIn(bernd, room);
  expect((await shown(bernd, room, received.messageId, jpeg)).same).toBe(true);
});

test("an upload survives a restart of the app (B2)", async () => {
  const bernd = await here.join("Bernd");
  const anna = await here.join("Anna");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "gleich kommt ein Bild");
  await act.hears(bernd, room, "gleich kommt ein Bild");
  await here.sleep(anna);

  let parts = 0;
  const dying = attachmentsThrough(fetchHttp, async (request) => {
    if (request.method === "PUT") parts += 1;
    return parts > 1 ? refuse("no-network") : fetchHttp.send(request);
  });
  const stuck = await here.wake(anna, { http: dying });
  const jpeg = jpegOf(twoParts);
  const messageId = await send(stuck, room, new SafeJpeg(jpeg, jpegOf(2_000)));
  await until(stuck.client, "one part is there", async () => parts > 1);
  expect((await act.messagesOf(stuck, room)).at(-1)?.delivery?.state).toBe("uploading");
  // What is written meanwhile does not wait for the picture.
  await act.say(stuck, room, "Bild dauert noch");
  await act.hears(bernd, room, "Bild dauert noch");
  await here.sleep(stuck);

  const awake = await here.wake(stuck, { http: fetchHttp });
  const received = await pictureIn(bernd, room);
  expect(received.messageId).toBe(messageId);
  expect((await shown(bernd, room, messageId, jpeg)).same).toBe(true);
  await hasDelivery(awake, room, messageId, "delivered");
});

test("an upload begins only when its picture is stored, whatever else goes on in the room", async () => {
  const bernd = await here.join("Bernd");
  const disk = createMemoryStorage();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const slowDisk: Storage = {
    ...disk,
    async write(changes, durability) {
      if (changes.some((change) => "put" in change && change.put === "pictures")) {
        reach();
        await released;
      }
      await disk.write(changes, durability);
    },
  };
  const anna = await here.join("Anna", { storage: slowDisk });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "gleich kommt ein Bild");
  await act.hears(bernd, room, "gleich kommt ein Bild");
  const sending = send(anna, room, new SafeJpeg(jpegOf(5_000), jpegOf(500)));
  await reached;
  // Everything that takes uploads up again, as the founding of a room and a new connection do.
  await anna.client.retry(room, newMessageId());
  await anna.client.picture(room, newMessageId());
  release();
  await hasDelivery(anna, room, await sending, "delivered");
});

test("a cancelled upload leaves nothing behind and is never seen", async () => {
  const bernd = await here.join("Bernd");
  const anna = await here.join("Anna", {
    http: attachmentsThrough(fetchHttp, (request) =>
      request.method === "PUT" ? Promise.resolve(refuse("no-network")) : fetchHttp.send(request),
    ),
  });
  const room = await act.openDirect(anna, bernd);
  const messageId = await send(anna, room, new SafeJpeg(jpegOf(twoParts), jpegOf(2_000)));
  await hasDelivery(anna, room, messageId, "uploading");
  expect(await anna.client.discard(room, messageId)).toEqual({ ok: true, value: undefined });
  expect(await act.messagesOf(anna, room)).toEqual([]);
  expect(await anna.client.picture(room, messageId)).toEqual({ ok: false, code: "not-found" });
  await act.say(anna, room, "doch nicht");
  await act.hears(bernd, room, "doch nicht");
  expect(await act.messagesOf(bernd, room)).toHaveLength(1);
});

type Damage = (bytes: Uint8Array<ArrayBuffer>, offset: number) => Uint8Array;
const chunk = limits.attachmentChunkBytes + 16;
const damages: [how: string, damage: Damage][] = [
  ["a byte flipped", (bytes) => bytes.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte))],
  [
    "two chunks swapped",
    (bytes) => concat(bytes.slice(chunk, 2 * chunk), bytes.slice(0, chunk), bytes.slice(2 * chunk)),
  ],
  ["its end cut off", (bytes, offset) => (offset === 0 ? bytes.slice(0, 100_000) : new Uint8Array(0))],
  ["something appended", (bytes) => concat(bytes, Uint8Array.of(1))],
  ["no end at all", (bytes) => concat(bytes, bytes)],
];
test.for(damages)("a picture with %s is not shown, and says so (B1)", async ([, damage]) => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", {
    http: attachmentsThrough(fetchHttp, async (request) => {
      const answer = await fetchHttp.send(request);
      if (!answer.ok) return answer;
      const offset = Number(new URL(request.url).searchParams.get("offset"));
      const body = Uint8Array.from(damage(answer.value.body, offset));
      return { ok: true, value: { ...answer.value, body } };
    }),
  });
  const room = await act.openDirect(anna, bernd);
  await send(anna, room, new SafeJpeg(jpegOf(200_000), jpegOf(2_000)));
  const { messageId } = await pictureIn(bernd, room);
  const opened = await bernd.client.picture(room, messageId);
  expect(opened.ok ? "shown" : opened.code).toBe("attachment-damaged");
});

test("a picture that would take gigabytes is not given to the page, and its thumbnail neither (B4)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  const huge = { width: 30_000, height: 15_000 };
  await send(anna, room, new SafeJpeg(jpegOf(200_000), jpegOf(2_000, huge)));
  const first = await pictureIn(bernd, room);
  expect(first.body).toMatchObject({ kind: "picture", thumbnail: new Uint8Array(0) });
  // By the bytes, whatever the message says of width and height.
  const second = await send(
    anna,
    room,
    new SafeJpeg(jpegOf(200_000, { width: 15_000, height: 15_000 }), jpegOf(2_000)),
  );
  await until(bernd.client, "the second is there", async () =>
    (await act.messagesOf(bernd, room)).some(({ messageId }) => messageId === second),
  );
  expect(await bernd.client.picture(room, second)).toMatchObject({ ok: false, code: "picture-too-large" });
});

test("what is no safe JPEG never leaves the device (B3, B5)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  const svg = new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: "image/jpeg" });
  const refused = { ok: false, code: "picture-unreadable" };
  expect(await anna.client.sendPicture(room, { file: svg, caption: "" })).toEqual(refused);
  const withExif = jpegOf(5_000);
  withExif.set([0xff, 0xe1, 0, 8, 0x45, 0x78, 0x69, 0x66, 0, 0], 2);
  const file = new SafeJpeg(withExif, jpegOf(500));
  expect(await anna.client.sendPicture(room, { file, caption: "" })).toEqual(refused);
  expect(await act.messagesOf(anna, room)).toEqual([]);
});
