import { concat, equalBytes } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import { limits } from "@nimes/protocol/limits";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunkBytes, sealedSizeFor, tagBytes } from "./chunks.ts";
import { type AttachmentDescription, openAttachment, openChunks } from "./open-attachment.ts";
import { newAttachmentKey, sealAttachment, sealChunks } from "./seal-attachment.ts";

const damaged = { ok: false, code: "attachment-damaged" };
const sealedChunk = chunkBytes + tagBytes;

/** A file whose bytes differ from place to place. */
function fileOf(size: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(size);
  for (let at = 0; at < size; at++) file[at] = (at * 31 + (at >> 8) * 7) & 0xff;
  return file;
}

async function sealFile(size: number) {
  const file = fileOf(size);
  const key = newAttachmentKey();
  const { encrypted, chunks, hash } = await sealAttachment(file, key);
  const described: AttachmentDescription = { key, size, chunks, hash };
  return { file, encrypted, described };
}

test.each([1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 3 * chunkBytes + 17])(
  "a file of %i bytes comes back identical",
  async (size) => {
    const { file, encrypted, described } = await sealFile(size);
    expect(encrypted.byteLength).toBe(sealedSizeFor(size));
    const opened = await openAttachment(encrypted, described);
    expect(opened.ok && equalBytes(opened.value, file)).toBe(true);
  },
);

test("a blob is sealed as its bytes are, and an upload can go on at any chunk (B2)", async () => {
  const { file, encrypted, described } = await sealFile(3 * chunkBytes + 5);
  const again = await sealAttachment(new Blob([file]), described.key);
  expect(equalBytes(again.encrypted, encrypted)).toBe(true);
  const rest: Uint8Array[] = [];
  for await (const chunk of sealChunks(file, described.key, 2)) rest.push(chunk);
  expect(equalBytes(concat(...rest), encrypted.subarray(2 * sealedChunk))).toBe(true);
});

test("two files never share ciphertext: every file has its own key", async () => {
  const [one, two] = [await sealFile(1000), await sealFile(1000)];
  expect(equalBytes(one.encrypted, two.encrypted)).toBe(false);
});

/** What a server can do to a file, beside leaving it alone. */
const harms: { name: string; harm(encrypted: Uint8Array): Uint8Array }[] = [
  { name: "a bit flipped in the first chunk", harm: (bytes) => flip(bytes, 10) },
  { name: "a bit flipped in the last tag", harm: (bytes) => flip(bytes, bytes.byteLength - 1) },
  {
    name: "two chunks swapped",
    harm: (bytes) =>
      concat(
        bytes.subarray(sealedChunk, 2 * sealedChunk),
        bytes.subarray(0, sealedChunk),
        bytes.subarray(2 * sealedChunk),
      ),
  },
  { name: "the last chunk cut off", harm: (bytes) => bytes.subarray(0, 2 * sealedChunk) },
  { name: "the last byte cut off", harm: (bytes) => bytes.subarray(0, -1) },
  { name: "a chunk appended", harm: (bytes) => concat(bytes, bytes.subarray(0, sealedChunk)) },
  { name: "a byte appended", harm: (bytes) => concat(bytes, Uint8Array.of(0)) },
  { name: "nothing left", harm: () => new Uint8Array() },
];

describe.each(harms)("$name (B1)", ({ harm }) => {
  test("no byte comes out", async () => {
    const { encrypted, described } = await sealFile(2 * chunkBytes + 100);
    expect(await openAttachment(harm(encrypted), described)).toEqual(damaged);
  });

  test("no byte comes out even where the hash was made to fit", async () => {
    const { encrypted, described } = await sealFile(2 * chunkBytes + 100);
    const harmed = Uint8Array.from(harm(encrypted));
    expect(await openAttachment(harmed, { ...described, hash: sha256(harmed) })).toEqual(damaged);
  });
});

test("a shorter file made of the first chunks does not open under a fitting description (B1)", async () => {
  const { encrypted, described } = await sealFile(3 * chunkBytes);
  const shorter = encrypted.slice(0, 2 * sealedChunk);
  const lie = { ...described, size: 2 * chunkBytes, chunks: 2, hash: sha256(shorter) };
  expect(await openAttachment(shorter, lie)).toEqual(damaged);
});

test.each([
  ["another number of chunks", { chunks: 4 }],
  ["no bytes", { size: 0, chunks: 0 }],
  ["more bytes than a file may have", { size: limits.maxAttachmentBytes + 1, chunks: 1601 }],
  ["a size that is no number of bytes", { size: 1.5, chunks: 1 }],
  ["a short key", { key: new Uint8Array(16) }],
])("a description with %s is refused before anything is opened", async (_name, change) => {
  const { encrypted, described } = await sealFile(3 * chunkBytes);
  expect(await openChunks({ ...described, ...change })).toEqual(damaged);
  expect(await openAttachment(encrypted, { ...described, ...change })).toEqual(damaged);
});

test("a single chunk opens in its place and nowhere else (B1)", async () => {
  const { file, encrypted, described } = await sealFile(3 * chunkBytes);
  const opener = await openChunks(described);
  if (!opener.ok) throw new Error("does not open");
  const second = encrypted.subarray(sealedChunk, 2 * sealedChunk);
  const opened = await opener.value.open(1, second);
  expect(opened.ok && equalBytes(opened.value, file.subarray(chunkBytes, 2 * chunkBytes))).toBe(true);
  for (const index of [0, 2, 3, -1, 0.5]) expect(await opener.value.open(index, second)).toEqual(damaged);
});

test("whatever single byte is changed, the file does not open (B1)", async () => {
  const { encrypted, described } = await sealFile(chunkBytes + 50);
  await fc.assert(
    fc.asyncProperty(fc.nat(encrypted.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const harmed = Uint8Array.from(encrypted);
      harmed[at] = (harmed[at] ?? 0) ^ by;
      expect(await openAttachment(harmed, { ...described, hash: sha256(harmed) })).toEqual(damaged);
    }),
    { numRuns: 60 },
  );
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}
