/** Changing who is in a room: adding everybody in one commit, joining, and what a commit costs those who are there. */
import { userOf } from "@nimes/protocol/ids";
import { claimCrowd, makeCrowd, makeCrowdedRoom } from "@nimes/testing/e2ee/crowd";
import type { Forger } from "@nimes/testing/e2ee/forger";
import { joinFromLog, open, submitTo, type TestRoom } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";

import type { Measured } from "../measured.ts";

const sizes = [2, 50, 300];
const repeats = 3;

/** @returns milliseconds for each size of room. */
export async function run(): Promise<Measured[]> {
  const circle = await makeCircle();
  const owner = await addOfficer(circle);
  const other = await addOfficer(circle);
  const crowd = await makeCrowd(circle, Math.max(...sizes) - 1);
  const results: Measured[] = [];
  for (const devices of sizes) {
    const runs = [];
    for (let run = 0; run < repeats; run++)
      runs.push(
        await measure(circle, {
          owner,
          other,
          crowd: crowd.slice(0, devices - 2),
          newcomer: crowd.slice(-1),
        }),
      );
    results.push(
      { metric: `add all in one commit, ${devices} devices`, unit: "ms", runs: runs.map(({ add }) => add) },
      { metric: `join, ${devices} devices`, unit: "ms", runs: runs.map(({ join }) => join) },
      { metric: `process a commit, ${devices} devices`, unit: "ms", runs: runs.map((one) => one.process) },
    );
  }
  return results;
}

type People = { owner: TestOfficer; other: TestOfficer; crowd: Forger[]; newcomer: Forger[] };

async function measure(circle: TestCircle, people: People) {
  const { owner, other, newcomer } = people;
  const { log, addedInMs } = await makeCrowdedRoom(circle, people);
  const joining = performance.now();
  const joined = await joinFromLog(log, other);
  const join = performance.now() - joining;
  if (joined.outcome !== "joined") throw new Error(`did not join: ${joined.outcome}`);
  const process = await processOne(log, { owner, other, newcomer });
  await other.e2ee.leaveRoom(log.room.groupId);
  await owner.e2ee.leaveRoom(log.room.groupId);
  return { add: addedInMs, join, process };
}

/** A commit that adds one more device, processed by somebody who is there. */
async function processOne(
  log: TestRoom,
  { owner, other, newcomer }: Pick<People, "owner" | "other" | "newcomer">,
): Promise<number> {
  const add = await claimCrowd(newcomer);
  const wished = add.map(({ clientId }) => userOf(clientId));
  await owner.e2ee.changeMembers(log.room, { wished, add, remove: [] }, submitTo(log, owner));
  const began = performance.now();
  const opened = await open(log, other, log.entries.slice(-1));
  const took = performance.now() - began;
  if (opened[0]?.outcome !== "commit") throw new Error("the commit was not taken");
  return took;
}
