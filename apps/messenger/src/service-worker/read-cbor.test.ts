import { encodeCbor } from "@nimes/protocol/cbor";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CborValue } from "./read-cbor.ts";
import { readCbor } from "./read-cbor.ts";
import { readRelease, readSigned } from "./read-signed.ts";
import { makeOrganisation } from "./test-release.ts";

const plain = (value: CborValue | undefined): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

test("what the protocol encodes reads the same here", () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.maxSafeNat(),
      // CBOR has one zero here, and nothing endless.
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "grapheme" }),
      fc.uint8Array({ maxLength: 70_000, size: "medium" }),
      fc.array(tie("tree"), { maxLength: 5 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), tie("tree"), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      expect(plain(readCbor(encodeCbor(value)))).toEqual(value);
    }),
    { numRuns: 1_000 },
  );
});

test("mutated bytes are read or refused, and never throw (S3)", async () => {
  const org = await makeOrganisation();
  const signed = await org.release({ "/index.html": "<p>" }, { time: 1_700_000_000_000 });
  const payload = readSigned(signed)?.payload ?? new Uint8Array();
  expect(await readRelease(payload)).toMatchObject({ time: 1_700_000_000_000 });
  fc.assert(
    fc.property(fc.nat(), fc.nat(255), fc.nat(), (at, byte, cut) => {
      const mutated = Uint8Array.from(signed);
      mutated[at % mutated.length] = byte;
      readSigned(mutated.subarray(0, mutated.length - (cut % 4)));
    }),
    { numRuns: 5_000 },
  );
});

test("a manifest with a path that is none, a route or a file twice is no release", async () => {
  const org = await makeOrganisation();
  for (const path of ["/v1/evil.js", "/../a.js", "/a//b.js", "/./a", "a.js", "/ä.js"]) {
    const signed = readSigned(await org.release({ "/index.html": "<p>", [path]: "x" }, { time: 1 }));
    expect(await readRelease(signed?.payload ?? new Uint8Array())).toBeUndefined();
  }
});
