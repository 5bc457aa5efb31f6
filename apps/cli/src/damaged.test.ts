/** Files that are damaged: none keeps a lost phone from being locked, and what can be had again is set right. */
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningServer } from "@nimes/server/server";
import { useLetter } from "@nimes/testing/server/printed-letter";
import { rawCalls } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;
let rootHash: string;
let anna: RawDevice;
const address = (): string => `http://127.0.0.1:${server.port}`;
const file = (name: string): string => join(office.folder, "nimes-organisation", name);
const run = async (args: string[]): Promise<Run> => {
  const done = await office.nimes(args);
  expect(done.code, done.notes).toBe(0);
  return done;
};
beforeEach(async () => {
  office = makeWorkplace();
  const made = await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"]);
  rootHash = made.printed.split("=").at(-1) ?? "";
  server = await serverIn(office.folder, { rootHash });
  await run(["upload", "--server", address()]);
  const letter = await run(["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"]);
  anna = await useLetter(rawCalls(address()), letter.printed);
  await run(["unit", "add", "pi-gifhorn", "PI Gifhorn"]);
});
afterEach(async () => {
  await server.close();
  office.remove();
});

const halve = (name: string): void =>
  truncateSync(file(name), Math.floor(readFileSync(file(name)).length / 2));
const stranger = "attestations/00000000-0000-4000-8000-000000000000.1.cbor";

test.for([
  ["somebody else's attestation", () => writeFileSync(file(stranger), "half")],
  ["a folder in place of an attestation", () => mkdirSync(file(stranger))],
  [
    "an attestation that waits",
    () => writeFileSync(join(mkdirOf("attestations/unsent"), stranger.slice(13)), ""),
  ],
  ["the newest version of the organisation", () => halve("manifests/0002.cbor")],
  ["the first version of the organisation", () => halve("manifests/0001.cbor")],
  ["the public half of the revocation key", () => halve("keys/revocation.pub")],
  ["no public half of the revocation key", () => rmSync(file("keys/revocation.pub"))],
  ["another key's public half", () => writeFileSync(file("keys/revocation-2.pub"), "half")],
  ["a release", () => writeFileSync(join(mkdirOf("releases"), "1.cbor"), "half")],
] as const)("a lost phone is locked with a damaged file here: %s", async ([, damage]) => {
  damage();
  await run(["device", "lock", "behrens", "--reason", "Telefon verloren"]);
  await expect(anna.open()).rejects.toThrow("device-locked");
  expect((await run(["device", "show", "behrens"])).printed).toContain("Telefon verloren");
});

function mkdirOf(name: string): string {
  mkdirSync(file(name), { recursive: true });
  return file(name);
}

test("where the person's own attestation is damaged, the id locks", async () => {
  const { userId } = anna.letter;
  halve(`attestations/${userId}.1.cbor`);
  const byName = await office.nimes(["device", "lock", "behrens"]);
  expect(byName.notes).toContain(`${userId}.1.cbor ist beschädigt`);
  await run(["device", "lock", userId]);
  await expect(anna.open()).rejects.toThrow("device-locked");
});

test("a damaged version is fetched again, others go on only then", async () => {
  halve("manifests/0001.cbor");
  expect(await office.nimes(["unit", "add", "x", "X"])).toMatchObject({ code: exitCodes.folder });
  await run(["update"]);
  await run(["unit", "add", "x", "X"]);
});

test("a folder whose settings are damaged is set up again by the root hash, with all that is in it", async () => {
  halve("organisation.json");
  const stopped = await office.nimes(["device", "lock", "behrens"]);
  expect(stopped).toMatchObject({ code: exitCodes.folder, notes: expect.stringContaining("nimes join") });
  await run(["join", rootHash, "--server", address()]);
  await run(["device", "lock", "behrens"]);
  await expect(anna.open()).rejects.toThrow("device-locked");
});

test("of a list the damaged is named and the rest shown", async () => {
  writeFileSync(file(stranger), "half");
  const listed = await run(["user", "list"]);
  expect(listed.printed).toContain("Anna Behrens");
  expect(listed.notes).toMatch(/\.1\.cbor ist beschädigt .* bleibt unberücksichtigt\.$/);
});

test("a private half alone is a key: its making is finished, with its own passphrase", async () => {
  const key = (await run(["policy", "key"])).printed;
  rmSync(file("keys/policy-2.pub"));
  const wrong = await office.nimes(["policy", "key"], {
    env: { NIMES_PASSPHRASE: "ein anderer Passwortsatz" },
  });
  expect(wrong.code).toBe(exitCodes.passphrase);
  expect((await run(["policy", "key"])).printed).toBe(key);
  expect(readFileSync(file("keys/policy-2.pub"), "utf8")).toBe(`${key}\n`);
});

test("a new organisation is not made among other files", async () => {
  mkdirSync(join(office.folder, "other"));
  writeFileSync(join(office.folder, "other/notes.txt"), "");
  const stopped = await office.nimes(["--folder", "other", "init", "Polizei"]);
  expect(stopped).toMatchObject({ code: exitCodes.folder, notes: expect.stringContaining("nicht leer") });
});
