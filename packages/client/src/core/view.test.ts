import type { PictureBody } from "@nimes/protocol/content/picture";
import type { MessageId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { jpegHeader, pngOf } from "@nimes/testing/client/pictures";
import { anna, bernd, room, roomId } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { shownOf } from "../kinds/kinds.ts";
import type { ShownRecord } from "./outbox-record.ts";
import type { StoredBody, StoredMessage, StoredNotice } from "./stored-item.ts";
import type { Names } from "./view.ts";
import { messageItem, noticeItem, outboxItem, summaryOf } from "./view.ts";

const names: Names = { self: anna, user: () => undefined, unitName: (unitId) => unitId };
const place = { sequence: 7, index: 1, at: 5 };
const message = (part: Partial<StoredMessage> = {}): StoredMessage => ({
  kind: "message",
  messageId: "1".repeat(32) as MessageId,
  sender: bernd,
  at: 2_000_000,
  sentAt: 2_000_000,
  receivedAt: 2_000_000,
  body: { kind: "text", text: "Lage ruhig" },
  ...part,
});
const pictureWith = (thumbnail: Uint8Array): PictureBody => ({
  kind: "picture",
  attachmentId: "0".repeat(32) as never,
  key: new Uint8Array(32),
  size: 1,
  chunks: 1,
  hash: new Uint8Array(32),
  mediaType: "image/png",
  width: 20_000,
  height: 1,
  thumbnail,
  caption: "",
});

test("a thumbnail of 15,000 by 15,000 pixels never reaches the page, a small one does (B4)", () => {
  const bomb = pngOf(15_000, 15_000);
  expect(bomb.byteLength).toBeLessThanOrEqual(limits.maxThumbnailBytes);
  expect(shownOf(pictureWith(bomb))).toMatchObject({ kind: "picture", thumbnail: new Uint8Array(0) });
  const small = jpegHeader(480, 360);
  expect(shownOf(pictureWith(small))).toMatchObject({ thumbnail: small, thumbnailType: "image/jpeg" });
});

test("what a newer app has stored is shown as newer, in the room and in the list", () => {
  const poll = { kind: "poll", question: "wer kommt" } as unknown as StoredBody;
  const item = messageItem(names, room(), { sequence: 7, item: message({ body: poll }) });
  expect(item.body).toEqual({ kind: "newer" });
  const last = { messageId: item.messageId, sender: bernd, at: 1, sequence: 7, body: poll };
  expect(summaryOf(names, room({ last }), []).last?.preview).toEqual({ kind: "newer" });
  const notice = { type: "moved", to: "elsewhere" } as unknown as StoredNotice;
  expect(noticeItem(names, { ...place, notice }).notice).toEqual({ type: "newer" });
  const waiting = {
    roomId,
    position: 1,
    messageId: item.messageId,
    composedAt: 1,
    body: poll,
    stage: { at: "scheduled", for: 5 },
  } as unknown as ShownRecord;
  expect(outboxItem(names, room(), waiting)).toMatchObject({
    body: { kind: "newer" },
    delivery: { state: "waiting" },
  });
});

test("a sender's clock is shown only where it was written long before, and never later than it arrived", () => {
  const shown = (sentAt: number) => {
    const { at, writtenAt } = messageItem(names, room(), { sequence: 7, item: message({ sentAt }) });
    return { at, writtenAt };
  };
  const at = 2_000_000;
  expect(shown(at - 5 * 60_000)).toEqual({ at, writtenAt: undefined });
  expect(shown(at - 11 * 60_000)).toEqual({ at, writtenAt: at - 11 * 60_000 });
  for (const ahead of [at + 3 * 24 * 60 * 60_000, Number.MAX_SAFE_INTEGER])
    expect(shown(ahead)).toEqual({ at, writtenAt: undefined });
});

test("who wrote what ended unseen is named, who the server says is not", () => {
  const told = (notice: StoredNotice) => noticeItem(names, { ...place, notice }).notice;
  expect(told({ type: "expired", count: 3 })).toEqual({ type: "expired", count: 3 });
  const sender = "b".repeat(8) as never;
  expect(told({ type: "expired", count: 3, sender })).toEqual({ type: "expired", count: 3, sender: "?" });
});
