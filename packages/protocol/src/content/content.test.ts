import { expect, test } from "vitest";
import { encodeCbor } from "../cbor.ts";
import { newAttachmentId, newMessageId } from "../ids.ts";
import { limits } from "../limits.ts";
import { pad } from "../padding.ts";
import type { Content } from "./content.ts";
import { decodeBody, decodeContent, encodeContent } from "./content.ts";

const content = (body: Content["body"]): Content => ({
  messageId: newMessageId(),
  time: 1_700_000_000_000,
  counter: 1,
  seen: { sequence: 4, hash: new Uint8Array(32).fill(5) },
  roles: { version: 2, hash: new Uint8Array(32).fill(6) },
  body,
});
const text = content({ kind: "text", text: "Südausgang ist frei 👍" });
const picture = {
  kind: "picture" as const,
  attachmentId: newAttachmentId(),
  key: new Uint8Array(32),
  size: 100_000,
  chunks: 2,
  hash: new Uint8Array(32),
  mediaType: "image/jpeg" as const,
  width: 800,
  height: 600,
  thumbnail: new Uint8Array(100),
  caption: "",
};

test.for([
  text,
  content(picture),
  content({ kind: "room-profile", name: "Einsatz Nord" }),
  content({ kind: "reaction", to: newMessageId(), emoji: "👍" }),
])("a content comes back as it was sealed", (sealed) => {
  expect(decodeContent(encodeContent(sealed))).toEqual({ ok: true, value: sealed });
});

test("a kind from a newer app is kept whole, so that it can be shown as newer (DESIGN §6)", () => {
  const body = { kind: "poll", question: "Wer kommt?", text: { no: "text" } };
  const newer = { ...text, body, priority: "high" };
  const kept = { kind: "newer", bytes: encodeCbor(body) };
  expect(decodeContent(pad(encodeCbor(newer)))).toEqual({ ok: true, value: { ...newer, body: kept } });
  expect(decodeBody(kept.bytes as Uint8Array)).toEqual({ ok: true, value: kept });
  expect(decodeBody(encodeCbor(text.body))).toEqual({ ok: true, value: text.body });
});

test("a known kind with a wrong shape is malformed, not newer", () => {
  for (const body of [
    { kind: "text", text: 5 },
    { kind: "text", text: "" },
    { kind: "text", text: "a", more: 1 },
    { kind: "text", text: "a".repeat(limits.maxTextBytes + 1) },
    { ...picture, mediaType: "image/svg+xml" },
    { ...picture, key: new Uint8Array(16) },
    { ...picture, thumbnail: new Uint8Array(limits.maxThumbnailBytes + 1) },
    { ...picture, width: 30_000 },
    { kind: "room-profile" },
    { kind: "reaction", emoji: "👍" },
    { kind: "reaction", to: newMessageId(), emoji: "👍".repeat(limits.maxEmojiLength + 1) },
    { kind: "x".repeat(41) },
    {},
  ])
    expect(decodeContent(pad(encodeCbor({ ...text, body })))).toMatchObject({ ok: false, code: "malformed" });
});

test("a content without counter or running hash is malformed: nobody could notice a loss (P4)", () => {
  const { counter: _counter, ...uncounted } = text;
  const { seen: _seen, ...unseen } = text;
  for (const lacking of [uncounted, unseen, { ...text, counter: 0 }])
    expect(decodeContent(pad(encodeCbor(lacking)))).toMatchObject({ ok: false, code: "malformed" });
});

test("cut bytes are malformed and flipped ones never an exception (M9)", () => {
  const bytes = encodeContent(text);
  const ofData = encodeCbor(text).byteLength + 4;
  for (let length = 0; length < ofData; length += 1)
    expect(decodeContent(bytes.subarray(0, length)).ok).toBe(false);
  for (let index = 0; index < bytes.byteLength; index += 1) {
    const flipped = Uint8Array.from(bytes);
    flipped[index] = (flipped[index] ?? 0) ^ 0xff;
    expect(decodeContent(flipped)).toBeDefined();
  }
});

test("texts of everyday length cannot be told apart by their size", () => {
  const sizes = ["ja", "Wir sind in zehn Minuten am Südausgang."].map(
    (words) => encodeContent({ ...text, body: { kind: "text", text: words } }).byteLength,
  );
  expect(new Set(sizes).size).toBe(1);
});
