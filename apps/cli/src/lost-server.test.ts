/** A server that lost everything, or was set back: `nimes upload` brings what was signed here, and nothing goes back. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "@nimes/protocol/routes/routes";
import type { RunningServer } from "@nimes/server/server";
import { useLetter } from "@nimes/testing/server/printed-letter";
import { must, type RawCalls, rawCalls } from "@nimes/testing/server/raw-calls";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import { lookUpLetter } from "./test/look-up-letter.ts";
import { makeWorkplace, type Run, type Workplace } from "./test/workplace.ts";

let office: Workplace;
let rootHash: string;
let server: RunningServer;
let url: string;
let calls: RawCalls;

async function start(data: string): Promise<void> {
  server = await serverIn(office.folder, { rootHash, data });
  url = `http://127.0.0.1:${server.port}`;
  calls = rawCalls(url);
}
const done = async (...args: string[]): Promise<Run> => {
  const run = await office.nimes(args);
  expect(run.code, `${args.join(" ")}: ${run.notes}`).toBe(0);
  return run;
};
const codeIn = ({ printed }: Run): string => /(?:[0-9A-Z]{5}\s+){12}[0-9A-Z]{5}/.exec(printed)?.[0] ?? "";

beforeEach(async () => {
  office = makeWorkplace();
  rootHash =
    (await done("init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle")).printed.split("=")[1] ?? "";
  await start("server");
  await done("upload", "--server", url);
});
afterEach(async () => {
  await server.close();
  office.remove();
});

/** Published in the name of whoever holds the policy key. */
const publish = async (text: string): Promise<void> => {
  writeFileSync(join(office.folder, "text.md"), `# Vereinbarung\n\n## Zweck\n\n${text}\n`);
  await done("agreement", "publish", "text.md");
};

test("a server that lost everything gets all that was signed, in order, and the next goes on behind it (F14)", async () => {
  await done("unit", "add", "pi-gifhorn", "PI Gifhorn");
  await done("desk", "add", "gifhorn", "--unit", "pi-gifhorn");
  const first = await done("user", "add", "Anna Behrens", "--unit", "pi-celle");
  await useLetter(calls, first.printed);
  await done("user", "transfer", "behrens", "--to", "pi-gifhorn");
  const second = await done("user", "take-over", "behrens", "--unit", "pi-gifhorn", "--desk", "gifhorn");
  const bernd = await done("user", "add", "Bernd Cordes", "--unit", "pi-celle");
  await publish("Dienst.");
  await publish("Nur Dienst.");
  await done("policy", "set", "--service", "lock=2m");
  await done("policy", "set", "--service", "lock=3m");
  await done("device", "lock", "behrens");
  await done("desk", "retire", "gifhorn");
  const before = {
    organisation: must(await calls.call(routes.getOrganisation)),
    agreement: must(await calls.call(routes.getAgreement)),
    policy: must(await calls.call(routes.getPolicy)),
  };
  await server.close();
  await start("empty");

  const policy = await office.nimes(["policy", "set", "--service", "lock=4m"]);
  expect(policy.code).not.toBe(0);
  const run = await done("upload", "--server", url);
  expect(run.notes).toContain("Gesendet: 4 Fassungen der Organisation, 0 Bescheinigungen.");
  expect(run.notes).toMatch(
    /2 Bescheinigungen, 1 Versetzung, 2 Fassungen der Vereinbarung, 2 Fassungen der Richtlinie\./,
  );
  // Of a phone that the server has never seen, and of a desk that has ended since.
  expect(run.notes.match(/Nicht angenommen hat der Server eine weitere Unterschrift/g)).toHaveLength(2);
  expect({
    organisation: must(await calls.call(routes.getOrganisation)),
    agreement: must(await calls.call(routes.getAgreement)),
    policy: must(await calls.call(routes.getPolicy)),
  }).toEqual(before);
  expect(await lookUpLetter(url, codeIn(bernd))).toBe("taken");
  expect(await lookUpLetter(url, codeIn(second))).toBe("activation-unknown");
  expect((await done("policy", "set", "--service", "lock=4m")).notes).toContain("3 Minuten → 4 Minuten");
});

test("generations of one officer come in order, and only the newest letter is used (F14, D4)", async () => {
  const first = await done("user", "add", "Anna Behrens", "--unit", "pi-celle");
  await useLetter(calls, first.printed);
  const second = await done("letter", "behrens", "--new-device");
  await useLetter(calls, second.printed);
  const third = await done("letter", "behrens", "--new-device");
  await server.close();
  await start("empty");
  await done("upload", "--server", url);
  expect(await lookUpLetter(url, codeIn(first))).toBe("activation-unknown");
  expect(await lookUpLetter(url, codeIn(second))).toBe("activation-unknown");
  expect(await lookUpLetter(url, codeIn(third))).toBe("taken");
});

/** Somebody is enrolled, a copy of everything is made, and then a policy is set and a phone locked. */
async function workBehindCopy(): Promise<void> {
  await useLetter(calls, (await done("user", "add", "Anna Behrens", "--unit", "pi-celle")).printed);
  await server.close();
  cpSync(join(office.folder, "server"), join(office.folder, "backup"), { recursive: true });
  await start("server");
  await done("upload", "--server", url);
  await done("policy", "set", "--service", "lock=2m");
  await done("device", "lock", "behrens", "--reason", "verloren");
}

test("a server that was set back has lock, policy and letters again (F14)", async () => {
  await workBehindCopy();
  const bernd = await done("user", "add", "Bernd Cordes", "--unit", "pi-celle");
  await server.close();
  await start("backup");
  await done("upload", "--server", url);
  expect((await done("device", "show", "behrens")).printed).toContain("1. Gesperrt");
  expect(await lookUpLetter(url, codeIn(bernd))).toBe("taken");
  expect((await done("policy", "show")).printed).toContain("2 Minuten");
});

test("before it has them again, no policy is changed against older rules, and no number is used twice (F14)", async () => {
  await workBehindCopy();
  await server.close();
  await start("backup");
  // The address is another one: told by hand, so that nothing is sent again yet.
  const settings = { rootHash, server: url };
  writeFileSync(join(office.folder, "nimes-organisation/organisation.json"), JSON.stringify(settings));
  const changed = await office.nimes(["policy", "set", "--service", "lock=4m"]);
  expect(changed).toMatchObject({ code: exitCodes.refused });
  expect(changed.notes).toContain("erst „nimes upload“");
  await done("device", "unlock", "behrens");
  expect((await done("device", "show", "behrens")).printed).toContain("2. ");
  // The lock came too late: said once.
  expect((await done("upload")).notes).toContain("noch einmal anordnen");
  expect((await done("upload")).notes).not.toContain("noch einmal anordnen");
});
