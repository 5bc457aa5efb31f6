/** Desks by the names that people gave them, those that have ended, and those that soon will. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { StubServer } from "./test/stub-server.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Run, RunOptions, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

const dayMs = 24 * 60 * 60_000;
let server: StubServer;
let office: Workplace;
const run = async (args: string[], options: RunOptions = {}): Promise<Run> => {
  const done = await office.nimes(args, options);
  expect(done.code, done.notes).toBe(0);
  return done;
};
/** Of a desk on another computer; only its public half ever comes here. */
const celle = "c3".repeat(32);
beforeEach(async () => {
  server = await startStubServer();
  office = makeWorkplace();
  await run(["init", "Polizei", "--unit", "pi-celle=PI Celle"]);
  await run(["desk", "add", "celle", "--unit", "pi-celle", "--public-key", celle]);
  await run(["upload", "--server", server.address]);
});
afterEach(async () => {
  office.remove();
  await server.close();
});
const deskKeys = () => {
  const newest = server.manifests.at(-1);
  const manifest = newest && peekSigned(OrgManifest, newest);
  if (!manifest?.ok) throw new Error("uploaded above");
  return manifest.value.deskKeys.map(({ key, ...desk }) => ({
    ...desk,
    key: Buffer.from(key).toString("hex"),
  }));
};

test.for(["celle", "desk-celle", "c3c3c3c3", "c3c3c3c3c3c3c3c3…", celle.toUpperCase()])(
  "a desk on another computer is retired, or struck out, as %s",
  async (text) => {
    const retired = await run(["desk", "retire", text]);
    expect(retired.notes).toContain("Der Schlüssel celle c3c3c3c3c3c3c3c3… (pi-celle) endet jetzt");
    expect(deskKeys()[1]?.validUntil).toBeLessThanOrEqual(Date.now());
    // Striking out asks the server whom that ends, which this one does not know.
    const removed = await office.nimes(["desk", "remove", text]);
    expect(removed.notes).toMatch(/wen der Schlüssel c3c3c3c3c3c3c3c3… bescheinigt hat/);
  },
);

test("what is no desk's name or the beginning of no key is said as it was typed", async () => {
  for (const text of ["gifhorn", "c3c3c3", "c4c4c4c4", "../root", "../../x"]) {
    const stopped = await office.nimes(["desk", "retire", text]);
    expect([stopped.code, stopped.notes]).toEqual([exitCodes.usage, expect.stringContaining(text)]);
  }
  await run(["desk", "add", "zwilling", "--unit", "pi-celle", "--public-key", `${celle.slice(0, 62)}00`]);
  const several = await office.nimes(["desk", "retire", "c3c3c3c3"]);
  expect(several).toMatchObject({ code: exitCodes.usage, notes: expect.stringContaining("mehrerer") });
});

test("a name is one desk's: another key needs another", async () => {
  const other = ["desk", "add", "celle", "--unit", "pi-celle", "--public-key", "d4".repeat(32)];
  expect(await office.nimes(other)).toMatchObject({ code: exitCodes.usage });
  const here = await office.nimes(["desk", "add", "celle", "--unit", "pi-celle"]);
  expect(here).toMatchObject({ code: exitCodes.usage, notes: expect.stringContaining("anderen Namen") });
  expect(existsSync(join(office.folder, "nimes-organisation/keys/desk-celle.age"))).toBe(false);
  expect((await run(["show"])).printed).toContain(
    "c3c3c3c3c3c3c3c3… (celle, Schlüssel nicht hier) → pi-celle",
  );
});

test("a station goes to a desk on another computer by its name", async () => {
  await run(["unit", "add", "pi-gifhorn", "PI Gifhorn", "--desk", "celle"]);
  expect(deskKeys().find(({ key }) => key === celle)?.units).toEqual(["pi-celle", "pi-gifhorn"]);
});

test("a desk retires once: the second time says since when, and signs nothing", async () => {
  await run(["desk", "retire", "celle"]);
  const before = server.manifests.length;
  const again = await office.nimes(["desk", "retire", "celle"]);
  expect(again).toMatchObject({
    code: exitCodes.usage,
    notes: expect.stringContaining("ist schon beendet, seit"),
  });
  expect(server.manifests).toHaveLength(before);
});

test("no station goes to a desk that has ended, and it is said where none enrols people yet", async () => {
  await run(["desk", "retire", "celle"]);
  const named = await office.nimes(["unit", "add", "pi-gifhorn", "PI Gifhorn", "--desk", "celle"]);
  expect(named).toMatchObject({ code: exitCodes.refused, notes: expect.stringContaining("beendet") });
  // The one that is left gets it without being named.
  await run(["unit", "add", "pi-gifhorn", "PI Gifhorn"]);
  expect(deskKeys()[0]?.units).toEqual(["pi-celle", "pi-gifhorn"]);
  await run(["desk", "retire", "1"]);
  const nobody = await run(["unit", "add", "pi-peine", "PI Peine"]);
  expect(nobody.notes).toContain("Dort nimmt noch keine Registrierungsstelle Personen auf");
  expect(deskKeys().flatMap(({ units }) => units)).not.toContain("pi-peine");
  const enrolled = await office.nimes(["user", "add", "Anna", "--unit", "pi-celle"]);
  expect(enrolled).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringMatching(/„desk-1“ ist seit .* beendet/),
  });
});

test("two months before a desk's key ends it is said with each letter, and in the list", async () => {
  const now = Date.now() + (2 * 365 - 59) * dayMs;
  const options = { now };
  const asked = ["user", "add", "Anna", "--unit", "pi-celle", "--clock-is-right"];
  expect((await run(asked, options)).notes).toMatch(/„desk-1“ endet am .*„nimes desk key“/);
  expect((await run(["show"], options)).printed).toContain(": bald einen neuen Schlüssel aufnehmen");
  expect((await run(asked, { now: now - 2 * dayMs })).notes).not.toContain("endet am");
  // The next key is here and counts longer: it signs, and there is nothing to say.
  await run(["desk", "add", "1b", "--unit", "pi-celle", "--clock-is-right"], options);
  const signed = await run(asked, options);
  expect(signed.notes).toContain("Schlüssel „desk-1b“");
  expect(signed.notes).not.toContain("endet am");
});
