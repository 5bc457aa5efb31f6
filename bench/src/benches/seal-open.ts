/** Sealing and opening: what encryption costs per message, one at a time and many at once, by the size of the room. */

import type { Content } from "@nimes/protocol/content/content";
import type { FullEntry } from "@nimes/protocol/entry";
import { makeCrowd, makeCrowdedRoom } from "@nimes/testing/e2ee/crowd";
import { appendEntry, joinFromLog, open, type TestRoom, textContent } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";

import type { Measured } from "../measured.ts";

const sizes = [2, 50, 300];
const batch = 100;
const singles = 20;
const repeats = 7;
const text = "Streife 12 an Leitstelle: Lage am Bahnhof ruhig, wir bleiben bis 22 Uhr vor Ort.";

/** @returns milliseconds per message for each size of room. */
export async function run(): Promise<Measured[]> {
  const circle = await makeCircle();
  const owner = await addOfficer(circle);
  const other = await addOfficer(circle);
  const crowd = await makeCrowd(circle, Math.max(...sizes) - 2);
  const results: Measured[] = [];
  for (const devices of sizes) {
    const { log } = await makeCrowdedRoom(circle, { owner, other, crowd: crowd.slice(0, devices - 2) });
    await joinFromLog(log, other);
    await measure(log, { owner, other }, 1); // warm
    const runs = [];
    for (let run = 0; run < repeats; run++) runs.push(await measure(log, { owner, other }, batch));
    const single = [];
    for (let run = 0; run < repeats; run++) single.push(await measureSingles(log, { owner, other }));
    results.push(
      {
        metric: `seal, ${batch} at once, ${devices} devices`,
        unit: "ms",
        runs: runs.map(({ seal }) => seal),
      },
      { metric: `open, ${batch} at once, ${devices} devices`, unit: "ms", runs: runs.map((one) => one.open) },
      { metric: `seal, one at a time, ${devices} devices`, unit: "ms", runs: single.map(({ seal }) => seal) },
      { metric: `open, one at a time, ${devices} devices`, unit: "ms", runs: single.map((one) => one.open) },
    );
  }
  return results;
}

type People = { owner: TestOfficer; other: TestOfficer };
type Costs = { seal: number; open: number };

/** Milliseconds per message. */
async function measure(log: TestRoom, { owner, other }: People, count: number): Promise<Costs> {
  const contents = Array.from({ length: count }, (_, index) => textContent(text, index + 1));
  const began = performance.now();
  const { epoch, sealed } = await sealShown(log, owner, contents);
  const between = performance.now();
  const entries = sealed.map(
    (bytes): FullEntry => appendEntry(log, { kind: "application", sender: owner.clientId, epoch, bytes }),
  );
  const opening = performance.now();
  const opened = await open(log, other, entries);
  const ended = performance.now();
  if (opened.some(({ outcome }) => outcome !== "content")) throw new Error("a message did not open");
  return { seal: (between - began) / count, open: (ended - opening) / count };
}

/** What the outbox does: it has the devices at hand that it shows. */
async function sealShown(log: TestRoom, { e2ee }: TestOfficer, contents: readonly Content[]) {
  const outcome = await e2ee.seal(log.room, () => ({ contents, shown: log.devices }));
  if (outcome.outcome !== "sealed") throw new Error("the tree holds others than the log");
  return outcome;
}

async function measureSingles(log: TestRoom, people: People): Promise<Costs> {
  const costs: Costs = { seal: 0, open: 0 };
  for (let message = 0; message < singles; message++) {
    const one = await measure(log, people, 1);
    costs.seal += one.seal / singles;
    costs.open += one.open / singles;
  }
  return costs;
}
