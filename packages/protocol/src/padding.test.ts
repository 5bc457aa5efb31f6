import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { pad, padmeLength, unpad } from "./padding.ts";

test("what was padded comes back unchanged", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (data) => {
      expect(unpad(pad(data))).toEqual({ ok: true, value: data });
    }),
  );
});

test("padding costs at most 12 %, never shortens, and is stable", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: limits.maxAttachmentBytes }), (bytes) => {
      const padded = padmeLength(bytes);
      expect(padded).toBeGreaterThanOrEqual(bytes);
      expect(padded).toBeLessThanOrEqual(bytes * 1.12);
      expect(padmeLength(padded)).toBe(padded);
      expect(padmeLength(bytes + 1)).toBeGreaterThanOrEqual(padded);
    }),
    { numRuns: 5000 },
  );
});

test("lengths as in the paper's definition", () => {
  expect([0, 1, 9, 100, 257, 1000, 1_000_000].map(padmeLength)).toEqual([
    0, 1, 10, 104, 272, 1024, 1_015_808,
  ]);
});

test("short messages of any length look alike", () => {
  for (const bytes of [0, 1, 100, limits.minPaddedBytes - 4])
    expect(pad(new Uint8Array(bytes)).byteLength).toBe(limits.minPaddedBytes);
  expect(pad(new Uint8Array(limits.minPaddedBytes - 3)).byteLength).toBeGreaterThan(limits.minPaddedBytes);
});

test("a length that points outside is malformed, whatever the bytes", () => {
  const padded = pad(new Uint8Array(10));
  new DataView(padded.buffer).setUint32(0, padded.byteLength - 3);
  expect(unpad(padded)).toEqual({ ok: false, code: "malformed" });
  for (const bytes of [0, 1, 3]) expect(unpad(new Uint8Array(bytes)).ok).toBe(false);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => void unpad(bytes)));
});
