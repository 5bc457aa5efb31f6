/** The messenger's first screen: how much JavaScript it is, and how soon a list of 200 rooms can be used. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import type { TestLetter } from "@nimes/testing/organisation";
import { enrolOfficer, makeOrganisation } from "@nimes/testing/organisation";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { chromium, type Page } from "@playwright/test";
import { ensureChromium } from "../../../scripts/chromium.ts";
import type { Measured } from "../measured.ts";

const appFolder = join(import.meta.dirname, "../../../apps/messenger/dist");
const rooms = 200;
const repeats = 5;
const roomsReadyMs = 120_000;

/** Needs the built messenger (`npm run build`). */
export async function run(): Promise<Measured[]> {
  return [...sizes(), await timeToRooms()];
}

const gzippedKb = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).byteLength, 0) / 1000;

function sizes(): Measured[] {
  const page = readFileSync(join(appFolder, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) =>
    join(appFolder, path ?? ""),
  );
  const assets = readdirSync(join(appFolder, "assets"));
  const matching = (pattern: RegExp): string[] =>
    assets.filter((name) => pattern.test(name)).map((name) => join(appFolder, "assets", name));
  const kb = (metric: string, files: readonly string[]): Measured => ({
    metric,
    unit: "kB",
    runs: [gzippedKb(files)],
  });
  return [
    kb("page: JavaScript of the first screen with one language, gzip", [
      ...named,
      ...matching(/^de-.*\.js$/),
    ]),
    kb("worker: client library and core-crypto's bindings, gzip", matching(/^client-worker-.*\.js$/)),
    kb("core-crypto's WebAssembly, gzip", matching(/\.wasm$/)),
  ];
}

async function timeToRooms(): Promise<Measured> {
  const organisation = await makeOrganisation();
  const server = await startTestServer(organisation, { appFolder });
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const founderLetter = await letterOf(server, organisation, "Anna");
  const founder = await openClient(await createNodePorts({ serverUrl: server.url }));
  try {
    const activated = await founder.activate(founderLetter.linkAt(server.url));
    if (!activated.ok) throw new Error(activated.code);
    const page = await browser.newPage({ viewport: { width: 360, height: 740 }, locale: "de-DE" });
    const letter = await letterOf(server, organisation, "Bernd");
    await page.goto(letter.linkAt(server.url));
    await page.getByRole("button", { name: "Ja, Gerät aktivieren" }).click();
    await page.getByRole("button", { name: "Neuer Chat" }).waitFor();
    await foundRooms(founder);
    await allRoomsAreThere(page);
    const runs: number[] = [];
    for (let run = 0; run < repeats; run += 1) runs.push(await reload(page));
    return { metric: `from navigation to a usable list of ${rooms} rooms`, unit: "ms", runs };
  } finally {
    await browser.close();
    await founder.close();
    await server.close();
  }
}

async function letterOf(
  server: TestServer,
  organisation: Awaited<ReturnType<typeof makeOrganisation>>,
  displayName: string,
): Promise<TestLetter> {
  const letter = await enrolOfficer(organisation, { displayName });
  await server.publish(letter.signedAttestation);
  return letter;
}

async function foundRooms(founder: NimesClient): Promise<void> {
  const people = async () => (await founder.directory()).people.filter(({ reachable }) => reachable);
  while ((await people()).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  const self = await founder.state();
  const me = self.state === "ready" ? self.me.userId : undefined;
  const userIds = (await people()).map(({ userId }) => userId).filter((userId) => userId !== me);
  for (let room = 1; room <= rooms; room += 1) {
    const founded = await founder.createGroup({ name: `Gruppe ${room}`, userIds });
    if (!founded.ok) throw new Error(founded.code);
  }
}

const allRoomsAreThere = (page: Page): Promise<unknown> =>
  page.locator(`[data-testid="rooms"] [aria-setsize="${rooms}"]`).first().waitFor({ timeout: roomsReadyMs });

async function reload(page: Page): Promise<number> {
  const begun = performance.now();
  await page.reload({ waitUntil: "commit" });
  await allRoomsAreThere(page);
  return performance.now() - begun;
}
