/**
 * The messenger's first screen: how much JavaScript it takes, and how long from navigation to a usable list of 200
 * rooms, with the real client, its store and core-crypto in Chromium. The app is in the browser's cache, as it is for
 * people every day; the server is on the same machine.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import { chromium, type Page } from "@playwright/test";
import { findChromium } from "../../../scripts/chromium.ts";
import { startPilotProcess } from "../load/pilot-process.ts";
import type { Measured } from "../measured.ts";

const rooms = 200;
const repeats = 7;
const arrivalTimeoutMs = 180_000;
const messengerFolder = join(import.meta.dirname, "../../../apps/messenger/dist");

export async function run(): Promise<Measured[]> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chromium found: install it, or set CHROMIUM to its path.");
  const pilot = await startPilotProcess();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const [founderLetter, officerLetter] = pilot.letters;
    if (!founderLetter || !officerLetter) throw new Error("the pilot has no letters");
    const page = await browser.newPage({ locale: "de-DE", viewport: { width: 360, height: 740 } });
    const name = await activate(page, officerLetter);
    const founder = await foundRooms(pilot.url, { letter: founderLetter, memberName: name });
    await page.locator(`[aria-setsize="${rooms}"]`).first().waitFor({ timeout: arrivalTimeoutMs });
    await founder.close();

    const scripts = new Set<string>();
    page.on("response", (response) => {
      const path = new URL(response.url()).pathname;
      if (path.endsWith(".js") || path.endsWith(".wasm")) scripts.add(path);
    });
    const times: number[] = [];
    for (let run = 0; run < repeats; run++) times.push(await timeToRooms(page));
    const listAt = times[times.length - 1] ?? 0;
    return [
      ...sizes(await firstScreenScripts(page, listAt), [...scripts]),
      { metric: `navigation to usable rooms list, ${rooms} rooms`, unit: "ms", runs: times },
    ];
  } finally {
    await browser.close();
    await pilot.end();
  }
}

/** Of the officer who fills the rooms; nobody enters it. */
const pin = "Leinewehr 42";

/** @returns the officer's name. */
async function activate(page: Page, letter: string): Promise<string> {
  await page.goto(letter);
  const name = await page.locator('dt:text-is("Name") + dd').textContent();
  await page.getByRole("button", { name: "Ja, Gerät aktivieren" }).click();
  await page.getByRole("heading", { name: "Chats", level: 1 }).waitFor();
  return name ?? "";
}

/** A second officer founds the rooms, each with the one at the browser, and writes into it; what waits goes out later. */
async function foundRooms(url: string, people: { letter: string; memberName: string }): Promise<NimesClient> {
  const client = await openClient(await createNodePorts({ serverUrl: url }));
  const agreement = await client.agreementFor(people.letter);
  if (!agreement.ok) throw new Error(agreement.code);
  const consent = { pin, agreementVersion: agreement.value?.version ?? 0 };
  const activated = await client.activate(people.letter, consent);
  if (!activated.ok) throw new Error(activated.code);
  const { people: all } = await client.directory();
  const member = all.find(({ displayName }) => displayName === people.memberName);
  if (!member) throw new Error(`${people.memberName} is not in the directory`);
  for (let number = 1; number <= rooms; number++) {
    const room = await client.createGroup({ name: `Streife ${number}`, userIds: [member.userId] });
    if (!room.ok) throw new Error(room.code);
    const sent = await client.sendText(room.value, `Lagemeldung ${number}: alles ruhig`);
    if (!sent.ok) throw new Error(sent.code);
  }
  return client;
}

/** Usable: a room's row can be pressed. Measured by the page's own clock, from the start of the navigation. */
async function timeToRooms(page: Page): Promise<number> {
  await page.reload({ waitUntil: "commit" });
  return page.evaluate(
    (setSize) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          const row = document.querySelector(`[aria-setsize="${setSize}"] button`);
          if (row) requestAnimationFrame(() => resolve(performance.now()));
          else requestAnimationFrame(look);
        };
        look();
      }),
    rooms,
  );
}

/** Scripts that the page itself had asked for when the list was there; the worker's are not among them. */
const firstScreenScripts = (page: Page, listAt: number): Promise<string[]> =>
  page.evaluate(
    (before) =>
      performance
        .getEntriesByType("resource")
        .filter((entry) => entry.startTime < before && entry.name.endsWith(".js"))
        .map((entry) => new URL(entry.name).pathname)
        .filter((path) => !path.includes("client-worker") && !path.includes("core-crypto")),
    listAt,
  );

/** Files are measured as built, compressed at gzip's best level. */
function sizes(page: readonly string[], all: readonly string[]): Measured[] {
  const sum = (paths: readonly string[]): number =>
    paths.reduce((total, path) => total + gzippedBytes(path), 0) / 1000;
  const coreCrypto = all.filter((path) => path.includes("core-crypto") || path.endsWith(".wasm"));
  const worker = all.filter((path) => path.includes("client-worker"));
  return [
    { metric: "JavaScript of the first screen, gzip", unit: "kB", runs: [sum(page)] },
    { metric: "JavaScript of the worker with the keys, gzip", unit: "kB", runs: [sum(worker)] },
    { metric: "core-crypto, JavaScript and WebAssembly, gzip", unit: "kB", runs: [sum(coreCrypto)] },
  ];
}

const gzippedBytes = (path: string): number =>
  gzipSync(readFileSync(join(messengerFolder, path)), { level: 9 }).byteLength;
