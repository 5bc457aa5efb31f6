/** The command line against the server itself: what is signed here is taken there, and nothing else. */
import type { RunningServer } from "@nimes/server/server";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import { lookUpLetter } from "./test/look-up-letter.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;

const start = (rootHash: string, data = "server"): Promise<RunningServer> =>
  serverIn(office.folder, { rootHash, data });
const codeIn = ({ printed }: Run): string => /(?:[0-9A-Z]{5}\s+){12}[0-9A-Z]{5}/.exec(printed)?.[0] ?? "";
const addAnna = ["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"];

beforeEach(async () => {
  office = makeWorkplace();
  const made = await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"]);
  server = await start(made.printed.split("=").at(-1) ?? "");
  expect((await office.nimes(["upload", "--server", `http://127.0.0.1:${server.port}`])).code).toBe(0);
});
afterEach(async () => {
  await server.close();
  office.remove();
});

const lookUp = (text: string): Promise<string> => lookUpLetter(`http://127.0.0.1:${server.port}`, text);

test("the server takes stations, desks and people, and uploads twice change nothing (P6)", async () => {
  expect((await office.nimes(["unit", "add", "pi-gifhorn", "PI Gifhorn"])).code).toBe(0);
  expect((await office.nimes(["desk", "add", "gifhorn", "--unit", "pi-gifhorn"])).code).toBe(0);
  const run = await office.nimes(["user", "add", "Ole Janssen", "--unit", "pi-gifhorn", "--desk", "gifhorn"]);
  expect(run.code).toBe(0);
  expect(await lookUp(codeIn(run))).toBe("taken");
  expect((await office.nimes(["upload"])).notes).toMatch(
    /^Noch einmal gesendet, falls es dem Server fehlt: 1 Bescheinigung\.$/,
  );
});

test("a new letter ends the one before it (D4)", async () => {
  const first = await office.nimes(addAnna);
  expect(await lookUp(codeIn(first))).toBe("taken");
  const second = await office.nimes(["letter", "behrens"]);
  expect(await lookUp(codeIn(first))).toBe("activation-unknown");
  expect(await lookUp(codeIn(second))).toBe("taken");
});

test("a server of another organisation takes nothing, in one sentence", async () => {
  await server.close();
  server = await start("0".repeat(64), "other");
  const run = await office.nimes(["upload", "--server", `http://127.0.0.1:${server.port}`]);
  expect(run.code).toBe(exitCodes.refused);
  expect(run.notes).toMatch(/^Der Server hat abgelehnt: [^\n]+$/);
});
