/** Names that show something else than they say: none is signed, and those that were signed once do no harm here (B6). */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { peekSigned, signStructure } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSigned } from "./folder/organisation-folder.ts";
import { openKeyFile } from "./keys/key-file.ts";
import { exitCodes } from "./stop.ts";
import { plainOutput } from "./terminal/plain-output.ts";
import type { StubServer } from "./test/stub-server.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace, passphrase } from "./test/workplace.ts";

let server: StubServer;
let office: Workplace;
beforeEach(async () => {
  server = await startStubServer();
  office = makeWorkplace();
  const args = ["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle", "--server", server.address];
  expect((await office.nimes(args)).code).toBe(0);
});
afterEach(async () => {
  office.remove();
  await server.close();
});

const anna = ["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"];

test.for([
  ["of a person", ["user", "add", "Anna\u202eBehrens", "--unit", "pi-celle"], "U+202E"],
  ["of a station", ["unit", "add", "pi-gifhorn", "PI\tGifhorn"], "U+0009"],
  ["of an organisation", ["--folder", "other", "init", "Polizei\u001b[2J"], "U+001B"],
  ["of a first station", ["--folder", "other", "init", "Polizei", "--unit", "x=PI\u200bX"], "U+200B"],
  ["of a duty", [...anna, "--function", "Streife\u2066"], "U+2066"],
  ["of a reason", ["device", "lock", "behrens", "--reason", "weg\u0007"], "U+0007"],
] as const)(
  "a name %s with a character that nobody sees is refused by its number",
  async ([, args, code]) => {
    await office.nimes(anna);
    const before = server.received.length;
    const run = await office.nimes([...args]);
    expect(run).toMatchObject({ code: exitCodes.usage, printed: "", notes: expect.stringContaining(code) });
    // One sentence, and the character is not in it.
    expect(run.notes).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(server.received).toHaveLength(before);
  },
);

test("a name that shows nothing is none", async () => {
  for (const name of ["\u2800", "–"])
    expect((await office.nimes(["user", "add", name, "--unit", "pi-celle"])).code).toBe(exitCodes.usage);
});

test("a heading of the agreement is refused, too, with its file", async () => {
  writeFileSync(join(office.folder, "text.md"), "# Verein\u202ebarung\n\n## Zweck\n\nDienst.\n");
  const run = await office.nimes(["agreement", "publish", "text.md"]);
  expect(run).toMatchObject({ code: exitCodes.usage, notes: expect.stringMatching(/^text\.md: .*U\+202E/) });
});

test("a name that was signed before is shown without its power, and signed anew without what nobody sees", async () => {
  await office.nimes(anna);
  const folder = join(office.folder, "nimes-organisation");
  // Opening a key that is there, and reading a file that is whole, say nothing.
  const silent = { texts: undefined } as unknown as Parameters<typeof openKeyFile>[0];
  const [sent] = server.attestations;
  const attested = sent && peekSigned(UserAttestation, sent);
  if (!attested?.ok) throw new Error("sent above");
  const hostile = { ...attested.value, displayName: "Anna\u202e\u001b[1A Behrens" };
  const desk = await openKeyFile(silent, { folder, name: "desk-1" }, passphrase);
  const file = join(folder, "attestations", `${hostile.userId}.2.cbor`);
  writeFileSync(file, encodeCbor(await signStructure("UserAttestation", hostile, [desk])));
  expect(readSigned(silent, file).signatures).toHaveLength(1);

  const listed = await office.nimes(["user", "list"]);
  expect(listed.printed).toContain("Anna\ufffd\ufffd[1A Behrens");
  const letter = await office.nimes(["letter", hostile.userId]);
  expect(letter.code).toBe(0);
  expect(letter.printed).not.toMatch(/\u202e/);
  const newest = server.attestations.at(-1);
  expect(newest && peekSigned(UserAttestation, newest)).toMatchObject({
    value: { displayName: "Anna[1A Behrens" },
  });
});

test("of control characters only the colours of a QR code and line ends are written", () => {
  const text = "\u001b[97;40m█\u001b[0m\nAnna\u001b[2J\u001b]0;x\u0007\r\u202e";
  expect(plainOutput(text)).toBe("\u001b[97;40m█\u001b[0m\nAnna\ufffd[2J\ufffd]0;x\ufffd\ufffd\ufffd");
});
