/**
 * Opening, closing and a room, in the browser and as people see it. Chromium slows down pages, not workers. Opening is
 * mostly the worker's: it is counted four times, also what the server and the screen's frames take, which no slower
 * phone makes slower; that is an upper bound. A room and the lock are the page's: Chromium runs it four times slower;
 * what the worker does for a room is measured apart, in Node.
 */
import type { Officer } from "@nimes/e2e/pages/officer";
import type { Page } from "@playwright/test";
import type { Measured } from "../measured.ts";
import { openBusyOfficer } from "./busy-officer.ts";
import { timeInPage } from "./page-clock.ts";

const repeats = 7;
const phoneFactor = 4;
/** Lazily loaded screens are fetched by then, as they are for whoever reads the list first. */
const settleMs = 3_000;

/** Between lock screen and the last digit: on the slower phone it is four times as long, two seconds. */
const typingMs = 500;

type Times = { open: number[]; openProcessor: number[]; room: number[]; lock: number[] };

/** @returns milliseconds; each metric says what was slowed down. */
export async function openInBrowser(amount: { rooms: number; messages: number }): Promise<Measured[]> {
  const busy = await openBusyOfficer(amount);
  const times: Times = { open: [], openProcessor: [], room: [], lock: [] };
  try {
    for (let run = 0; run < repeats; run += 1) await openAndLock(busy.officer, times, amount.rooms);
  } finally {
    await busy.end();
  }
  const size = `${amount.rooms} rooms, ${amount.messages} messages`;
  return [
    ...both(`browser: PIN entered to usable rooms list, ${size}`, times.open),
    {
      metric: `browser: processor time of page and worker from PIN to list, ${size}, this machine`,
      unit: "ms",
      runs: times.openProcessor,
    },
    slowed(`browser: row pressed to messages of the room, ${size}`, times.room),
    slowed(`browser: lock pressed to page without content, ${size}`, times.lock),
  ];
}

async function openAndLock(officer: Officer, times: Times, rooms: number): Promise<void> {
  const { page } = officer;
  const lock = page.getByRole("button", { name: "Sperren", exact: true });
  const locked = { from: "click", until: "gone", selector: "[data-room]" } as const;
  times.lock.push(await slowly(page, () => timeInPage(page, locked, () => lock.click())));
  await officer.lockScreen.isShown();

  await officer.lockScreen.pin.fill(officer.pin);
  const list = {
    from: "keydown",
    until: "there",
    selector: `[aria-setsize="${rooms}"] [data-room]`,
  } as const;
  await page.waitForTimeout(typingMs);
  const before = await processorMs(page);
  times.open.push(await timeInPage(page, list, () => officer.lockScreen.pin.press("Enter")));
  times.openProcessor.push((await processorMs(page)) - before);
  await page.waitForTimeout(settleMs);

  // The first rows of the list, a room that has not been opened since.
  const row = page.locator("[data-room]").nth(times.room.length % 5);
  const messages = { from: "click", until: "there", selector: '[data-testid="timeline"] article' } as const;
  times.room.push(await slowly(page, () => timeInPage(page, messages, () => row.click())));
  await page.goBack();
  await officer.rooms.isShown();
}

/** Of all renderers, of which there is one: page, worker and the threads that compile. Other programs hardly change it. */
async function processorMs(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  if (!session) throw new Error("the browser is gone");
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return renderers.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
}

/** With the page's thread as slow as the phone's. */
async function slowly(page: Page, work: () => Promise<number>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: phoneFactor });
  const took = await work();
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await session.detach();
  return took;
}

const slowed = (metric: string, runs: number[]): Measured => ({
  metric: `${metric}, page ${phoneFactor} times slower (Chromium's throttle)`,
  unit: "ms",
  runs,
});

const both = (metric: string, runs: number[]): Measured[] => [
  { metric: `${metric}, this machine`, unit: "ms", runs },
  {
    metric: `${metric}, ${phoneFactor} times slower (all counted ${phoneFactor} times)`,
    unit: "ms",
    runs: runs.map((run) => run * phoneFactor),
  },
];
