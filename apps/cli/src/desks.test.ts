/** Desks that end, attesting again and transfers, against the server itself. */
import { decodeCbor } from "@nimes/protocol/cbor";
import { routes } from "@nimes/protocol/routes/routes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { RunningServer } from "@nimes/server/server";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import { lookUpLetter } from "./test/look-up-letter.ts";
import { startStubServer } from "./test/stub-server.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;
let rootHash: string;
const address = (): string => `http://127.0.0.1:${server.port}`;

beforeEach(async () => {
  office = makeWorkplace();
  const stations = ["--unit", "pi-celle=PI Celle", "--unit", "pi-gifhorn=PI Gifhorn"];
  const made = await office.nimes(["init", "Polizei Beispiel", ...stations]);
  rootHash = made.printed.split("=").at(-1) ?? "";
  server = await serverIn(office.folder, { rootHash });
  await run(["upload", "--server", address()]);
});
afterEach(async () => {
  await server.close();
  office.remove();
});

const run = async (args: string[], place = office): Promise<Run> => {
  const done = await place.nimes(args);
  expect(done.code, done.notes).toBe(0);
  return done;
};
/** Another desk's computer, whose key the root has signed in. */
async function otherDesk(unit: string): Promise<Workplace & { key: string }> {
  const place = makeWorkplace();
  await run(["join", rootHash, "--server", address()], place);
  const key = (await run(["desk", "key", "zwei"], place)).printed;
  await run(["desk", "add", "zwei", "--unit", unit, "--public-key", key]);
  await run(["update"], place);
  return { ...place, key };
}
const codeIn = ({ printed }: Run): string => /(?:[0-9A-Z]{5}\s+){12}[0-9A-Z]{5}/.exec(printed)?.[0] ?? "";

const lookUp = (text: string): Promise<string> => lookUpLetter(address(), text);
const addUser = (name: string, unit = "pi-celle", place = office): Promise<Run> =>
  run(["user", "add", name, "--unit", unit], place);

test("before a stolen key is struck out, plain words say whom that ends; then its letters count no more", async () => {
  const anna = await addUser("PK'in Anna Behrens");
  const spy = await addUser("Spitzel", "pi-gifhorn");
  const place = await otherDesk("pi-celle");
  try {
    await addUser("Ole Janssen", "pi-celle", place);
    const removed = await run(["desk", "remove", "1"]);
    expect(removed.printed).toMatch(/2 Personen verlieren/);
    expect(removed.printed).toMatch(/Anna Behrens[^\n]*PI Celle[^\n]*Brief noch nicht benutzt/);
    expect(removed.printed).toContain("Spitzel");
    expect(removed.printed).not.toContain("Ole Janssen");
    expect(removed.notes).toMatch(/gilt als gestohlen[\s\S]*Fassung 3/);
    expect(removed.notes.indexOf("nimes desk reattest")).toBeLessThan(
      removed.notes.indexOf("gilt als gestohlen"),
    );
    for (const letter of [anna, spy]) expect(await lookUp(codeIn(letter))).toBe("activation-unknown");
    // What this computer attested is no damage to its folder: it is said to have ended.
    expect((await run(["user", "list"])).printed).toMatch(
      /Anna Behrens[^\n]*Registrierungsstelle gestrichen/,
    );
  } finally {
    place.remove();
  }
});

test("another desk of the station attests the honest ones again in one go, with no new letter", async () => {
  const anna = await addUser("PK'in Anna Behrens");
  const ole = await addUser("POK Ole Janssen");
  const spy = await addUser("Spitzel");
  const gifhorn = await addUser("Clara Gifhorn", "pi-gifhorn");
  const place = await otherDesk("pi-celle");
  try {
    const full = await firstDeskKey();
    const listed = await run(["desk", "reattest", full], place);
    expect(listed.notes).toContain("Noch ist nichts unterschrieben");
    expect(listed.printed).toContain("Spitzel");
    // Of its own station alone: the server names it nobody else's people.
    expect(listed.printed).not.toContain("Clara");
    // A slip of the pen must not attest the very person that was to be left out.
    for (const [option, text] of [
      ["--except", "spizel"],
      ["--only", "nobody"],
    ] as const) {
      const slip = await place.nimes(["desk", "reattest", full, "--all", option, text]);
      expect(slip.code).toBe(exitCodes.usage);
      expect(slip.notes).toContain(`„${text}“ passt auf niemanden`);
    }
    expect((await run(["desk", "reattest", full, "--all", "--except", "spitzel"], place)).notes).toContain(
      "2 Personen sind noch einmal bescheinigt",
    );
    await run(["desk", "remove", "1"]);
    expect(await Promise.all([anna, ole, spy, gifhorn].map((letter) => lookUp(codeIn(letter))))).toEqual([
      "taken",
      "taken",
      "activation-unknown",
      "activation-unknown",
    ]);
    // Also behind the removal, and for single people.
    const late = await run(["desk", "reattest", full, "--only", "spitzel"], place);
    expect(late.notes).toContain("Eine Person ist noch einmal bescheinigt");
    expect(await lookUp(codeIn(spy))).toBe("taken");
  } finally {
    place.remove();
  }
});

/** The key of the desk that `init` made, hexadecimal. */
async function firstDeskKey(): Promise<string> {
  const answer = await fetch(`${address()}${routes.getOrganisation.path}`);
  const decoded = decodeCbor(routes.getOrganisation.answer, new Uint8Array(await answer.arrayBuffer()));
  const [first] = decoded.ok ? decoded.value.manifests : [];
  const manifest = first && decodeCbor(OrgManifest, first.payload);
  return Buffer.from((manifest?.ok && manifest.value.deskKeys[0]?.key) || []).toString("hex");
}

test("a desk that retires ends nobody, and signs no new letters", async () => {
  const anna = await addUser("PK'in Anna Behrens");
  const place = await otherDesk("pi-celle");
  try {
    expect((await run(["desk", "retire", "1"])).notes).toContain("gilt weiter");
    expect(await lookUp(codeIn(anna))).toBe("taken");
    expect((await office.nimes(["user", "add", "Neu", "--unit", "pi-celle"])).code).toBe(exitCodes.refused);
    await addUser("Neu", "pi-celle", place);
  } finally {
    place.remove();
  }
});

/** All but the clocks of this computer and the server agree: a year and more has passed here. */
const later = (years: number) => ({ now: Date.now() + years * 365 * 24 * 60 * 60_000 });

test("a desk's key is prolonged before its end: the same key signs on, and what it signed counts", async () => {
  const anna = await addUser("PK'in Anna Behrens");
  const early = await office.nimes(["desk", "prolong", "1"]);
  expect(early).toMatchObject({ code: exitCodes.usage, notes: expect.stringContaining("zählt schon bis") });
  // With a server that does not look at the clock.
  const [shed, stub] = [makeWorkplace(), await startStubServer()];
  try {
    await run(["init", "Polizei", "--unit", "pi-celle=PI Celle", "--server", stub.address], shed);
    const at = (years: number, ...args: string[]) => shed.nimes([...args, "--clock-is-right"], later(years));
    const add = (years: number) => at(years, "user", "add", "Ole Janssen", "--unit", "pi-celle");
    expect((await add(1.9)).notes).toContain("nimes desk prolong");
    const prolonged = await at(1.9, "desk", "prolong", "1");
    expect(prolonged).toMatchObject({
      code: 0,
      notes: expect.stringMatching(/zählt länger[\s\S]*Fassung 2/),
    });
    expect((await at(1.9, "show")).printed).not.toContain("beendet");
    const [first] = (await at(1.9, "user", "list")).printed.split("\n");
    expect(first).toContain("Ole Janssen");
    expect(await add(3.8)).toMatchObject({ code: 0 });
    expect((await add(4)).code).toBe(exitCodes.refused);
    const late = await at(4, "desk", "prolong", "1");
    expect(late).toMatchObject({
      code: exitCodes.refused,
      notes: expect.stringContaining("nicht verlängert"),
    });
  } finally {
    shed.remove();
    await stub.close();
  }
  expect(await lookUp(codeIn(anna))).toBe("taken");
});

test("a desk that has retired or was struck out is not prolonged, and nothing is signed", async () => {
  const place = await otherDesk("pi-celle");
  try {
    await run(["desk", "retire", "1"]);
    expect((await office.nimes(["desk", "prolong", "1"])).code).toBe(exitCodes.refused);
    await run(["desk", "remove", "1"]);
    expect((await office.nimes(["desk", "prolong", "1"])).code).toBe(exitCodes.usage);
    expect((await run(["show"])).printed).toContain("Fassung: 4,");
  } finally {
    place.remove();
  }
});

test("the only desk's key is not struck out, and one that nobody knows is named", async () => {
  expect(await office.nimes(["desk", "remove", "1"])).toMatchObject({ code: exitCodes.usage });
  for (const wrong of ["drei", "00".repeat(32)])
    expect((await office.nimes(["desk", "remove", wrong])).notes).toContain(wrong);
});

test("a person is handed over to another station and gets the next letter there, and only then", async () => {
  await addUser("PK'in Anna Behrens");
  const place = await otherDesk("pi-gifhorn");
  try {
    await run(["desk", "retire", "1"]);
    // The desk that is left has retired: the root hands over.
    expect((await office.nimes(["user", "transfer", "behrens", "--to", "pi-gifhorn"])).code).toBe(
      exitCodes.refused,
    );
    const handed = await run(["user", "transfer", "behrens", "--to", "pi-gifhorn", "--root"]);
    expect(handed.notes).toMatch(/wechselt von „PI Celle“ zu „PI Gifhorn“/);
    const args = /take-over (\S+) --unit (\S+) --after (\d+) --name "([^"]+)"/.exec(handed.printed);
    const [, id = "", unit = "", after = "", name = ""] = args ?? [];
    await run(["update"], place);
    expect((await place.nimes(["user", "take-over", id, "--unit", unit])).notes).toContain("--after");
    const letter = await run(
      ["user", "take-over", id, "--unit", unit, "--after", after, "--name", name],
      place,
    );
    expect(await lookUp(codeIn(letter))).toBe("taken");
    expect((await run(["user", "list"], place)).printed).toMatch(/Anna Behrens[^\n]*PI Gifhorn/);
  } finally {
    place.remove();
  }
});

test("a computer whose clock runs ahead signs nothing that the server takes, whatever is confirmed, and says so", async () => {
  const now = Date.now() + 60 * 60_000;
  const add = ["user", "add", "Zukunft", "--unit", "pi-celle", "--clock-is-right"];
  const added = await office.nimes(add, { now });
  expect(added).toMatchObject({ code: exitCodes.refused, printed: "" });
  expect(added.notes.split("\n").at(-1)).toContain("Die Uhr des Rechners");
});
