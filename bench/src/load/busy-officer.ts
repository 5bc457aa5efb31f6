/**
 * An officer at a browser after some months of work: real rooms, founded and written into by a second officer in Node,
 * and received, opened and sealed by the app itself.
 */
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import { Officer } from "@nimes/e2e/pages/officer";
import { chromium } from "@playwright/test";
import { findChromium } from "../../../scripts/chromium.ts";
import type { Letter } from "./pilot-process.ts";
import { startPilotProcess } from "./pilot-process.ts";

export type BusyOfficer = { officer: Officer; end(): Promise<void> };

/** Of the officer who fills the rooms; nobody enters it. */
const founderPin = "Leinewehr 42";
const arrivalTimeoutMs = 20 * 60_000;
/** Often enough that the app does not lock itself while messages arrive. */
const lookEveryMs = 2_000;

/** @returns the officer with the rooms list open and every message counted as unread. */
export async function openBusyOfficer(amount: { rooms: number; messages: number }): Promise<BusyOfficer> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chromium found: install it, or set CHROMIUM to its path.");
  const pilot = await startPilotProcess();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const end = async (): Promise<void> => {
    await browser.close();
    await pilot.end();
  };
  try {
    const [founderLetter, letter] = pilot.letters;
    if (!founderLetter || !letter) throw new Error("the pilot has no letters");
    const page = await browser.newPage({ locale: "de-DE", viewport: { width: 360, height: 740 } });
    const officer = new Officer(page, letter);
    await officer.activate();
    const founder = await activateInNode(pilot.url, founderLetter);
    await Promise.all([fillRooms(founder, letter.name, amount), hasArrived(officer, amount)]);
    await founder.close();
    return { officer, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function activateInNode(url: string, letter: Letter): Promise<NimesClient> {
  const client = await openClient(await createNodePorts({ serverUrl: url }));
  const agreement = await client.agreementFor(letter.url);
  if (!agreement.ok) throw new Error(agreement.code);
  const consent = { pin: founderPin, agreementVersion: agreement.value?.version ?? 0 };
  const activated = await client.activate(letter.url, consent);
  if (!activated.ok) throw new Error(activated.code);
  return client;
}

/** What waits goes out by itself, also after this has returned. */
async function fillRooms(
  founder: NimesClient,
  memberName: string,
  { rooms, messages }: { rooms: number; messages: number },
): Promise<void> {
  const { people } = await founder.directory();
  const member = people.find(({ displayName }) => displayName === memberName);
  if (!member) throw new Error(`${memberName} is not in the directory`);
  for (let number = 1; number <= rooms; number += 1) {
    const room = await founder.createGroup({ name: `Streife ${number}`, userIds: [member.userId] });
    if (!room.ok) throw new Error(room.code);
    for (let message = 1; message <= messages / rooms; message += 1) {
      const sent = await founder.sendText(room.value, `Lagemeldung ${message}: alles ruhig am Bahnhof`);
      if (!sent.ok) throw new Error(sent.code);
    }
  }
}

/** The page's title counts what is unread. */
async function hasArrived(
  { page }: Officer,
  { rooms, messages }: { rooms: number; messages: number },
): Promise<void> {
  const until = performance.now() + arrivalTimeoutMs;
  for (let looks = 0; (await page.title()) !== `(${messages}) NIMes`; looks += 1) {
    if (performance.now() > until) throw new Error(`not everything has arrived: ${await page.title()}`);
    await page.mouse.move(10 + (looks % 2), 10);
    await page.waitForTimeout(lookEveryMs);
  }
  await page.locator(`[aria-setsize="${rooms}"]`).first().waitFor();
}
