/**
 * The messenger's way to its first screens: how much JavaScript it takes until the rooms list is usable, and how long
 * from navigation to the lock screen, with the real client and core-crypto in Chromium. The app is in the browser's
 * cache, as it is for people every day; the server is on the same machine.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Officer } from "@nimes/e2e/pages/officer";
import type { Page } from "@playwright/test";
import { openBusyOfficer } from "../load/busy-officer.ts";
import type { Measured } from "../measured.ts";

const rooms = 200;
const repeats = 7;
const messengerFolder = join(import.meta.dirname, "../../../apps/messenger/dist");

export async function run(): Promise<Measured[]> {
  const { officer, end } = await openBusyOfficer({ rooms, messages: rooms });
  try {
    const measured = sizes(await scriptsUntilList(officer));
    const times: number[] = [];
    for (let run = 0; run < repeats; run += 1) times.push(await timeToLockScreen(officer.page));
    return [...measured, { metric: "navigation to usable lock screen", unit: "ms", runs: times }];
  } finally {
    await end();
  }
}

type Scripts = { page: string[]; all: string[] };

/** Of one start from navigation to the rooms list; what is fetched once the list stands does not count. */
async function scriptsUntilList({ page, lockScreen, pin }: Officer): Promise<Scripts> {
  const fetched = new Set<string>();
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith(".js") || pathname.endsWith(".wasm")) fetched.add(pathname);
  });
  await page.reload();
  await lockScreen.isShown();
  const list = page.evaluate(
    (setSize) =>
      new Promise<string[]>((resolve) => {
        const look = (): void => {
          if (!document.querySelector(`[aria-setsize="${setSize}"] [data-room]`)) requestAnimationFrame(look);
          else resolve(performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
        };
        look();
      }),
    rooms,
  );
  await lockScreen.open(pin);
  const ofPage = await list;
  return { page: ofPage.filter((path) => path.endsWith(".js")), all: [...fetched] };
}

/** Usable: the field takes the PIN. Measured by the page's own clock, from the start of the navigation. */
async function timeToLockScreen(page: Page): Promise<number> {
  await page.reload({ waitUntil: "commit" });
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (document.activeElement instanceof HTMLInputElement)
            requestAnimationFrame(() => resolve(performance.now()));
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

/**
 * Page and worker together are what people wait for; core-crypto and OPAQUE, mostly WebAssembly, stand apart.
 * @throws Error when a part is missing: then something else was measured.
 */
function sizes({ page, all }: Scripts): Measured[] {
  const coreCrypto = all.filter((path) => path.includes("core-crypto") || path.endsWith(".wasm"));
  const opaque = all.filter((path) => isOpaque(path));
  const worker = all.filter((path) => path.includes("client-worker"));
  const apart = new Set([...coreCrypto, ...opaque, ...worker]);
  const ofPage = page.filter((path) => !apart.has(path));
  const others = all.filter((path) => !apart.has(path) && !ofPage.includes(path));
  for (const [part, paths] of Object.entries({ coreCrypto, opaque, worker, ofPage }))
    if (paths.length === 0) throw new Error(`no file of ${part} was fetched: ${all.join(", ")}`);
  process.stderr.write(`  after the list, not counted: ${others.join(", ") || "none"}\n`);
  return [
    total("JavaScript until the rooms list, page and worker, gzip", [...ofPage, ...worker]),
    total("JavaScript until the rooms list, page alone, gzip", ofPage),
    total("JavaScript until the rooms list, worker alone, gzip", worker),
    total("core-crypto, JavaScript and WebAssembly, gzip", coreCrypto),
    total("OPAQUE with its WebAssembly, gzip", opaque),
  ];
}

const total = (metric: string, paths: readonly string[]): Measured => ({
  metric,
  unit: "kB",
  runs: [[...new Set(paths)].reduce((bytes, path) => bytes + gzippedBytes(path), 0) / 1000],
});

/** By what is in it: the library is one file, and its name says nothing. */
const isOpaque = (path: string): boolean =>
  path.endsWith(".js") && built(path).includes("startRegistration") && built(path).includes("AGFzbQ");

const built = (path: string): Buffer => readFileSync(join(messengerFolder, path));

/** Files are measured as built, compressed at gzip's best level. */
const gzippedBytes = (path: string): number => gzipSync(built(path), { level: 9 }).byteLength;
