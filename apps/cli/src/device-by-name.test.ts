/** The holder of the revocation key locks a phone by its owner's name, on a computer where nobody was ever enrolled. */
import { cpSync } from "node:fs";
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
/** Has the organisation, the revocation key and nothing else. */
let holder: Workplace;
let server: RunningServer;
const address = (): string => `http://127.0.0.1:${server.port}`;
const run = async (args: string[], place = office): Promise<Run> => {
  const done = await place.nimes(args);
  expect(done.code, done.notes).toBe(0);
  return done;
};
const enrol = async (name: string, unit = "pi-celle"): Promise<RawDevice> =>
  useLetter(rawCalls(address()), (await run(["user", "add", name, "--unit", unit])).printed);
beforeEach(async () => {
  office = makeWorkplace();
  holder = makeWorkplace();
  const stations = ["--unit", "pi-celle=PI Celle", "--unit", "pi-gifhorn=PI Gifhorn"];
  const rootHash = (await run(["init", "Polizei Beispiel", ...stations])).printed.split("=").at(-1) ?? "";
  server = await serverIn(office.folder, { rootHash });
  await run(["upload", "--server", address()]);
  await run(["join", rootHash, "--server", address()], holder);
  for (const half of ["age", "pub"]) {
    const file = `nimes-organisation/keys/revocation.${half}`;
    cpSync(join(office.folder, file), join(holder.folder, file));
  }
});
afterEach(async () => {
  await server.close();
  office.remove();
  holder.remove();
});

test("by a part of the name, and it is said who that is and which key asks", async () => {
  const anna = await enrol("PK'in Anna Behrens");
  const locked = await run(["device", "lock", "behrens", "--reason", "Telefon verloren"], holder);
  expect(locked.notes).toMatch(
    /„revocation“:\n {2}Anfrage, wer „behrens“ ist[^\n]*\n[\s\S]*Gemeint ist PK'in Anna Behrens, PI Celle \(Kennung/,
  );
  await expect(anna.open()).rejects.toThrow("device-locked");
  expect((await run(["device", "show", "behrens"], holder)).printed).toMatch(
    /Anna Behrens[\s\S]*Telefon verloren/,
  );
  await run(["device", "unlock", "behrens"], holder);
  await anna.open();
});

test("also with a letter for a new phone on the way: the phone that is lost is the one in use", async () => {
  const anna = await enrol("PK'in Anna Behrens");
  await run(["letter", "behrens", "--new-device"]);
  await run(["device", "lock", "behrens"], holder);
  await expect(anna.open()).rejects.toThrow("device-locked");
});

test("of several nobody is locked, and each is listed with station and id", async () => {
  const phones = [await enrol("PK'in Anna Behrens"), await enrol("POK Jonas Behrens", "pi-gifhorn")];
  const stopped = await holder.nimes(["device", "lock", "behrens"]);
  expect(stopped.code).toBe(exitCodes.usage);
  expect(stopped.notes).toMatch(
    /Anna Behrens · pi-celle · [0-9a-f-]{36}\n {2}POK Jonas Behrens · pi-gifhorn · /,
  );
  for (const phone of phones) await phone.open();
  expect((await holder.nimes(["device", "lock", "niemand"])).notes).toContain("gibt es hier niemanden");
});

test("nothing is wiped for half a name", async () => {
  const anna = await enrol("PK'in Anna Behrens");
  const half = await holder.nimes(["device", "wipe", "behrens"]);
  expect(half).toMatchObject({
    code: exitCodes.usage,
    notes: expect.stringContaining("mit dem ganzen Namen"),
  });
  await anna.open();
  await run(["device", "wipe", "pk'in anna behrens"], holder);
  expect((await run(["device", "show", anna.letter.userId], holder)).printed).toContain("gelöscht");
});
