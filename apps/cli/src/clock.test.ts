/** Clocks that are wrong: said before anything is signed, and nothing is signed until somebody has looked. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { StubServer } from "./test/stub-server.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let server: StubServer;
let office: Workplace;
beforeEach(async () => {
  server = await startStubServer();
  office = makeWorkplace();
});
afterEach(async () => {
  office.remove();
  await server.close();
});

const init = (...more: string[]): Promise<Run> =>
  office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle", ...more]);
/** Whatever may be signed, as far as it comes to asking for the passphrase: nobody answers. */
const begin = (args: readonly string[], now: number): Promise<Run> =>
  office.nimes([...args], { now, env: { NIMES_PASSPHRASE_FD: "-1" } });
const asked = (run: Run): boolean => run.code === exitCodes.passphrase;

function prepareFiles(): void {
  mkdirSync(join(office.folder, "app"));
  writeFileSync(join(office.folder, "app/index.html"), "");
  writeFileSync(join(office.folder, "text.md"), "# Vereinbarung\n\n## Zweck\n\nDienst.\n");
}

const signing = [
  ["unit", "add", "pi-gifhorn", "PI Gifhorn"],
  ["desk", "add", "zwei", "--unit", "pi-celle", "--public-key", "0".repeat(64)],
  ["release", "trust", "--public-key", "0".repeat(64)],
  ["release", "sign", "app"],
] as const;

test.for(signing)(
  "%s %s: no signature a year behind the last one, or before it, until the clock was checked",
  async (args) => {
    await init();
    prepareFiles();
    const now = Date.now();
    for (const wrong of [now + 366 * dayMs, now - 60 * minuteMs]) {
      const stopped = await begin(args, wrong);
      expect(stopped).toMatchObject({ code: exitCodes.refused, printed: "" });
      expect(stopped.notes).toMatch(/zuletzt wurde hier unterschrieben.*\n.*--clock-is-right\.$/);
      // Nothing was announced: it would look signed.
      expect(stopped.notes).not.toContain("Sie unterschreiben");
      const confirmed = await begin([...args, "--clock-is-right"], wrong);
      expect(asked(confirmed), confirmed.notes).toBe(true);
      expect(confirmed.notes).toMatch(/^Die Uhr des Rechners steht auf/);
    }
    for (const right of [now + 364 * dayMs, now - 5 * minuteMs])
      expect(asked(await begin(args, right))).toBe(true);
  },
);

test.for([
  ["user", "add", "Anna", "--unit", "pi-celle"],
  ["letter", "behrens"],
  ["user", "transfer", "behrens", "--to", "pi-gifhorn"],
  ["unit", "add", "pi-peine", "PI Peine"],
] as const)("%s %s: no signature by a clock that the server's contradicts", async (args) => {
  await init("--server", server.address, "--unit", "pi-gifhorn=PI Gifhorn");
  await office.nimes(["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"]);
  const now = Date.now();
  const sent = server.attestations.length + server.manifests.length;
  for (const wrong of [now + 30 * minuteMs, now + 60 * dayMs]) {
    const stopped = await begin(args, wrong);
    expect(stopped).toMatchObject({ code: exitCodes.refused });
    expect(stopped.notes).toMatch(/, die des Servers auf /);
    expect(asked(await begin([...args, "--clock-is-right"], wrong))).toBe(true);
  }
  expect(asked(await begin(args, now + 5 * minuteMs))).toBe(true);
  expect(server.attestations.length + server.manifests.length).toBe(sent);
});

test("an organisation is not founded by a clock that its server contradicts", async () => {
  const now = Date.now() + dayMs;
  const run = await office.nimes(["init", "Polizei", "--server", server.address], { now });
  expect(run).toMatchObject({ code: exitCodes.refused, notes: expect.stringContaining("des Servers auf") });
  expect(readdirSync(office.folder)).toEqual([]);
});

test("a server that does not answer keeps nobody from signing, and a file that cannot be read neither", async () => {
  await init("--server", server.address);
  await server.close();
  const unsent = join(office.folder, "nimes-organisation/attestations/unsent");
  mkdirSync(unsent, { recursive: true });
  writeFileSync(join(unsent, "00000000-0000-4000-8000-000000000000.1.cbor"), "half");
  expect(asked(await begin(["unit", "add", "x", "X"], Date.now()))).toBe(true);
  server = await startStubServer();
});

test("no release is signed that is dated behind the organisation's own end", async () => {
  await init();
  prepareFiles();
  const now = Date.now() + 6 * 365 * dayMs;
  const run = await office.nimes(["release", "sign", "app", "--clock-is-right"], { now });
  expect(run).toMatchObject({ code: exitCodes.refused, notes: expect.stringContaining("abgelaufen") });
});

test("in English, too", async () => {
  await init();
  const run = await office.nimes(["unit", "add", "x", "X"], {
    now: Date.now() + 400 * dayMs,
    language: "en",
  });
  expect(run.notes).toMatch(/This computer's clock says .*; the last signature here: .*\nWhat is signed/);
});
