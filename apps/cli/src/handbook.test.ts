/** docs/cli.md, typed as it stands there, against the server itself: what it says is what happens. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunningServer } from "@nimes/server/server";
import { serverIn } from "@nimes/testing/server/server-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callsIn, handbookIn } from "./test/commands-in.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace, passphrase } from "./test/workplace.ts";

const handbook = handbookIn("cli.md");

/** Where the root is, and where a desk, the next policy key and the releases are. */
type Place = "root" | "elsewhere";
let places: Record<Place, Workplace>;
let server: RunningServer | undefined;
/** What stands for something in the document, and what it is here. */
let real: Map<string, string>;
beforeEach(() => {
  places = { root: makeWorkplace(), elsewhere: makeWorkplace() };
  real = new Map();
  const app = inFolder("elsewhere", "apps/messenger/dist");
  mkdirSync(app, { recursive: true });
  for (const name of ["index.html", "service-worker.js"]) writeFileSync(join(app, name), "app");
  const samples = join(import.meta.dirname, "../../../docs/agreement");
  for (const { folder } of Object.values(places)) cpSync(samples, folder, { recursive: true });
});
afterEach(async () => {
  await server?.close();
  for (const place of Object.values(places)) place.remove();
});
const inFolder = (place: Place, name: string): string => join(places[place].folder, name);

async function startServer({ printed }: Run): Promise<void> {
  const rootHash = printed.split("=").at(-1) ?? "";
  const app = relative(places.root.folder, inFolder("elsewhere", "apps/messenger/dist"));
  server = await serverIn(places.root.folder, { rootHash, app });
  real.set("https://nimes.example.de", `http://127.0.0.1:${server.port}`);
  for (const short of ["d88ca705…", "d88c…"]) real.set(short, rootHash);
  real.set("f82edd38…", keyIn("desk-1"));
}
const keyIn = (name: string): string =>
  readFileSync(inFolder("root", `nimes-organisation/keys/${name}.pub`), "utf8").trim();
const setTo =
  (short: string) =>
  ({ printed }: Run): void =>
    void real.set(short, printed);

type Step = { at: Place; before?: () => unknown; after?: (run: Run) => unknown };
const root: Step = { at: "root" };
const elsewhere: Step = { at: "elsewhere" };
const call = async (place: Place, args: string[]): Promise<Run> => {
  const typed = Array.from({ length: 4 }, () => passphrase);
  const run = await places[place].nimes(args, { typed });
  expect(run.code, `nimes ${args.join(" ")}: ${run.notes}`).toBe(0);
  return run;
};
const enrol = async (): Promise<void> => {
  for (const name of ["Ole Janssen", "Unbekannt"])
    await call("root", ["user", "add", name, "--unit", "pi-celle"]);
};
/** The line that was printed is for the other station's desk. */
const takeOver = async ({ printed }: Run): Promise<void> => {
  const line = printed.split("\n").find((one) => one.includes("nimes user take-over")) ?? "";
  for (const args of callsIn(line.trim())) await call("root", args);
};

/** Every command of the document, in its order. */
const steps: [string, Step][] = [
  ['nimes init "Polizei Niedersachsen" --unit "pi-celle=PI Celle"', { at: "root", after: startServer }],
  ["nimes upload --server https://nimes.example.de", root],
  ['nimes unit add pi-gifhorn "PI Gifhorn"', root],
  ["nimes join d88ca705… --server https://nimes.example.de", elsewhere],
  ["nimes desk key celle", { at: "elsewhere", after: setTo("41f0…") }],
  ["nimes desk add celle --unit pi-celle --public-key 41f0…", root],
  ["nimes update", elsewhere],
  ["nimes desk reattest f82edd38…", { at: "elsewhere", before: enrol }],
  ['nimes desk reattest f82edd38… --all --except "Unbekannt"', elsewhere],
  [
    'nimes user add "PK\'in Anna Behrens" --unit pi-celle --function Streifendienst --page anna.html',
    { at: "root", after: ({ printed }) => expectShown(handbook.others[0]?.split("\n") ?? [], printed) },
  ],
  ["nimes user transfer behrens --to pi-gifhorn", { at: "root", after: takeOver }],
  ["nimes agreement publish agreement.de.md", root],
  ["nimes policy set --service lock=2m --private-devices nein", root],
  ["nimes policy key", { at: "elsewhere", after: setTo("7be0…") }],
  ["nimes policy trust --public-key 7be0…", root],
  ["nimes update && nimes policy set && nimes agreement publish agreement.de.md", elsewhere],
  ["nimes policy distrust 41f0…", { at: "root", before: () => real.set("41f0…", keyIn("policy")) }],
  ["nimes release key", { at: "elsewhere", after: setTo("5f1c…") }],
  ["nimes release trust --public-key 5f1c…", root],
  ["nimes update", elsewhere],
  ["nimes release sign apps/messenger/dist --release-version 1.4.0", elsewhere],
  ["nimes release verify https://nimes.example.de --root d88c…", elsewhere],
];

/** What is different each time: keys, ids, codes, dates, numbers, where the folder lies. */
const alike = (line: string): string =>
  line
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{8}-…/g, "ID")
    .replace(/\b[0-9a-f]{8,}…?/g, "KEY")
    .replace(/\b[0-9A-Z]{5}\b/g, "CODE")
    .replace(/\d+\. \p{L}+ \d{4}/gu, "DATE")
    .replace(/(?<= in )\/\S+\./, "FOLDER")
    .replace(/https?:\/\/[\w.:]+/, "ADDRESS")
    .replace(/\d+/g, "NUMBER")
    .trim();
function expectShown(answer: readonly string[], said: string): void {
  const lines = said.split("\n").map(alike);
  expect(lines).toEqual(expect.arrayContaining(answer.map(alike)));
}

test("whoever types what docs/cli.md shows gets what it shows", async () => {
  expect(handbook.commands.map(({ command }) => command)).toEqual(steps.map(([command]) => command));
  for (const [index, [text, { at, before, after }]] of steps.entries()) {
    await before?.();
    const here = [...real].reduce((line, [short, whole]) => line.replaceAll(short, whole), text);
    let said = "";
    for (const args of callsIn(here)) {
      const run = await call(at, args);
      said += `${run.printed}\n${run.notes}\n`;
      await after?.(run);
    }
    expectShown(handbook.commands[index]?.answer ?? [], said);
  }
  // The last block lists what lies in the folder, here or there.
  const listed = [...(handbook.others.at(-1) ?? "").matchAll(/^\w+(\.json)?/gm)].map(([name]) => name);
  // An order is for a phone, and there is none here.
  expect(listed).toContain("orders");
  for (const name of listed.filter((one) => one !== "orders"))
    expect([name, (["root", "elsewhere"] as const).some((place) => isThere(place, name))]).toEqual([
      name,
      true,
    ]);
  expect(handbook.others.map((text) => text.split(/[ :]/)[0])).toEqual(["1.", "PK'in", "organisation.json"]);
});
const isThere = (place: Place, name: string): boolean =>
  existsSync(inFolder(place, `nimes-organisation/${name}`));

/** The help of the command that a line calls, and of `nimes` itself. */
async function helpFor(words: readonly string[]): Promise<string> {
  const path = words.slice(0, words.findIndex((word) => !/^[a-z][a-z-]+$/.test(word)) >>> 0);
  for (let length = Math.min(path.length, 2); length > 0; length -= 1) {
    const { printed } = await places.root.nimes([...words.slice(0, length), "--help"]);
    if (printed.startsWith(`Aufruf: nimes ${words.slice(0, length).join(" ")} `))
      return `${printed}\n${(await places.root.nimes(["--help"])).printed}`;
  }
  return "";
}

test("every command that the running text of the documents names is there, with its options", async () => {
  const named = ["cli.md", "operation.md"].flatMap((document) => handbookIn(document).named);
  expect(named.length).toBeGreaterThan(20);
  for (const line of named) {
    const words = line.split(" ").slice(1);
    const help = await helpFor(words);
    expect([line, help === ""]).toEqual([line, false]);
    for (const option of words.filter((word) => word.startsWith("--")))
      expect([line, help]).toEqual([line, expect.stringContaining(option)]);
  }
});
