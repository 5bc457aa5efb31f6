import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import own from "../testdata/mls-vectors.json" with { type: "json" };
import { concat, fromHex } from "./bytes.ts";
import { type MlsHeader, readMlsHeader } from "./mls-header.ts";
import { readTls } from "./tls-reader.ts";

/** The whole official set where it is at hand, else the one that comes with the tests. */
const officialFile = new URL("../../../../shared/testdata/mls/messages.json", import.meta.url);
const sets: Record<string, string>[] = existsSync(officialFile)
  ? [own.messages, ...JSON.parse(readFileSync(officialFile, "utf8"))]
  : [own.messages];

const bytesOf = (set: Record<string, string>, name: string): Uint8Array => fromHex(set[name] ?? "");

function headerOf(bytes: Uint8Array): MlsHeader {
  const header = readMlsHeader(bytes);
  if (!header.ok) throw new Error("does not read");
  return header.value;
}

describe.each(sets.map((set, index) => ({ set, index })))("official messages, set $index", ({ set }) => {
  test.each([
    ["mls_welcome", "welcome"],
    ["mls_group_info", "group-info"],
    ["mls_key_package", "key-package"],
    ["private_message", "private-message"],
  ])("%s has wire format %s", (name, wireFormat) => {
    expect(headerOf(bytesOf(set, name)).wireFormat).toBe(wireFormat);
  });

  test.each([
    ["public_message_application", "application"],
    ["public_message_proposal", "proposal"],
    ["public_message_commit", "commit"],
  ])("%s has content type %s", (name, contentType) => {
    expect(headerOf(bytesOf(set, name))).toMatchObject({ wireFormat: "public-message", contentType });
  });

  test("a public commit's content begins where the header says", () => {
    const bytes = bytesOf(set, "public_message_commit");
    const header = headerOf(bytes);
    const offset = header.wireFormat === "public-message" ? header.contentOffset : 0;
    const commit = bytesOf(set, "commit");
    expect(bytes.subarray(offset, offset + commit.byteLength)).toEqual(commit);
    expect(commit.byteLength).toBeGreaterThan(100);
  });

  test.each([
    "mls_welcome",
    "mls_key_package",
    "public_message_application",
    "public_message_proposal",
    "public_message_commit",
    "private_message",
  ])("%s cut at any place of its header is malformed, never thrown (M9)", (name) => {
    const bytes = bytesOf(set, name);
    const header = headerOf(bytes);
    const end =
      header.wireFormat === "public-message"
        ? header.contentOffset
        : header.wireFormat === "private-message"
          ? bytes.byteLength
          : 6;
    for (let length = 0; length < end; length++)
      expect(readMlsHeader(bytes.subarray(0, length))).toEqual({ ok: false, code: "malformed" });
  });

  test("a private message with a byte behind it is malformed", () => {
    const bytes = concat(bytesOf(set, "private_message"), Uint8Array.of(0));
    expect(readMlsHeader(bytes).ok).toBe(false);
  });
});

test("sender, group and epoch are read as they stand", () => {
  const bytes = fromHex(`00010001${"0401020304"}${"0000000000000007"}${"0100000005"}${"00"}${"03"}`);
  expect(headerOf(bytes)).toEqual({
    wireFormat: "public-message",
    groupId: Uint8Array.of(1, 2, 3, 4),
    epoch: 7,
    sender: { type: "member", leaf: 5 },
    contentType: "commit",
    contentOffset: bytes.byteLength,
  });
});

test.each([
  ["external sender", "0200000000", "outsider"],
  ["new member's proposal", "03", "outsider"],
  ["new member's commit", "04", "joiner"],
])("a message of an %s is no member's (M1, M1b)", (_name, sender, type) => {
  const bytes = fromHex(`00010001${"00"}${"0000000000000000"}${sender}${"00"}${"03"}`);
  expect(headerOf(bytes)).toMatchObject({ sender: { type } });
});

test.each([
  ["another version", "0002000100"],
  ["an unknown wire format", "0001000600"],
  ["wire format 0", "0001000000"],
  ["an epoch that cannot be counted", `00010001${"00"}${"ffffffffffffffff"}${"0100000000"}0003`],
  ["an unknown sender", `00010001${"00"}${"0000000000000000"}${"05"}0003`],
  ["an unknown content type", `00010001${"00"}${"0000000000000000"}${"0100000000"}0004`],
])("%s is malformed", (_name, hex) => {
  expect(readMlsHeader(fromHex(hex))).toEqual({ ok: false, code: "malformed" });
});

describe("variable-length integers (RFC 9420, section 2.1.2)", () => {
  test.each(own.lengths)("$vlbytes_header is $length", ({ vlbytes_header, length }) => {
    expect(readTls(fromHex(vlbytes_header), (reader) => reader.length())).toEqual({
      ok: true,
      value: length,
    });
  });

  test.each(["c0", "ff", "4001", "403f", "80000001", "80003fff", "40", "8000", ""])(
    "%s is malformed: reserved, not the shortest form, or cut",
    (hex) => {
      expect(readTls(fromHex(hex), (reader) => reader.length()).ok).toBe(false);
    },
  );

  test("a vector that claims more than there is is malformed at once, however large", () => {
    expect(readTls(fromHex("bfffffff00"), (reader) => reader.opaque()).ok).toBe(false);
  });
});

test("whatever the bytes, the answer is a header or a refusal, never an exception (M9)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(typeof readMlsHeader(bytes).ok).toBe("boolean");
    }),
    { numRuns: 3000 },
  );
});

test("an official message with any bytes changed gives a header or a refusal, never an exception (M9)", () => {
  const originals = Object.values(own.messages).map(fromHex);
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.array(change, { maxLength: 8 }),
      fc.nat(),
      (original, changes, cut) => {
        const bytes = Uint8Array.from(original.subarray(0, cut % (original.byteLength + 1)));
        for (const [place, value] of changes)
          if (bytes.byteLength > 0) bytes[place % bytes.byteLength] = value;
        expect(typeof readMlsHeader(bytes).ok).toBe("boolean");
      },
    ),
    { numRuns: 3000 },
  );
});
