/**
 * A directory of 25,000 people judged anew after a manifest. In the app that is done in the worker, beside the messages;
 * here it runs in Node, on a sealed store whose disk is in memory, and the longest wait is what a message would have to
 * wait there. Signatures were checked when the records came: none is checked here.
 */
import { openSealedStore } from "@nimes/client/capsule/sealed-store";
import { createJudge, type Judge, judgeInSlices } from "@nimes/client/core/judge-directory";
import type { DirectoryRecord } from "@nimes/client/core/records";
import type { Store } from "@nimes/client/ports/store";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestDevice, TestOrganisation } from "@nimes/testing/organisation";
import { activateDevice, enrolOfficer, makeOrganisation, publishManifest } from "@nimes/testing/organisation";
import { newCapsule } from "../load/filled-capsule.ts";
import { fillDirectory } from "../load/filled-directory.ts";
import { openJudgingDirectory } from "../load/judging-directory.ts";
import { measureWait } from "../load/longest-wait.ts";
import type { Measured } from "../measured.ts";

const people = 25_000;
const repeats = 5;

/** Milliseconds. */
type Took = { total: number; longest: number };

export async function run(): Promise<Measured[]> {
  const organisation = await makeOrganisation();
  const store = await fillStore(organisation);
  const records = (await store.list("directory", { prefix: [] })).map(({ record }) => record);
  const cold: Took[] = [];
  const anew: Took[] = [];
  const again: Took[] = [];
  const listed: Took[] = [];
  const stolen: Took[] = [];
  for (let run = 0; run < repeats; run += 1) {
    let verified = await verify(organisation);
    const judge = createJudge(() => verified);
    cold.push(inSlices(records, judge));
    await publishManifest(organisation, {});
    verified = await verify(organisation);
    anew.push(inSlices(records, judge));
    again.push(inSlices(records, judge));
    listed.push(await listAfterManifest(organisation, store));
    stolen.push(await withoutOneDesk(organisation, store));
  }
  await store.close();
  return [
    ...both("judged for the first time", "slice", cold),
    ...both("judged anew after a manifest", "slice", anew),
    ...both("judged again, nothing has changed", "slice", again),
    ...both("listed for a screen right after a manifest", "wait", listed),
    ...both("judged, told and stored after a manifest without the desk of half of them", "wait", stolen),
  ];
}

/** Half of them of each of two desks. */
async function fillStore(organisation: TestOrganisation): Promise<Store> {
  const { storage, keys } = await newCapsule();
  const store = await openSealedStore(storage, keys);
  const like: TestDevice[] = [];
  for (const { unitId } of organisation.units)
    like.push(await activateDevice(await enrolOfficer(organisation, { unitId })));
  await fillDirectory(store, await verify(organisation), { like, people });
  return store;
}

const verify = async ({ rootHash, manifests }: TestOrganisation) =>
  granted(await verifyOrganisation(rootHash, manifests));

/** The judging alone, without the pauses between the slices. */
function inSlices(records: readonly DirectoryRecord[], judge: Judge): Took {
  const began = performance.now();
  let longest = 0;
  let from = began;
  for (const _ of judgeInSlices(records, judge)) {
    const now = performance.now();
    longest = Math.max(longest, now - from);
    from = now;
  }
  return { total: performance.now() - began, longest };
}

async function listAfterManifest(organisation: TestOrganisation, store: Store): Promise<Took> {
  const { service, prepare } = await openJudgingDirectory(organisation, store);
  await service.users();
  const takeEffect = await prepare({});
  const took = await measureWait(async () => {
    takeEffect();
    if ((await service.users()).length !== people) throw new Error("somebody is missing");
  });
  service.close();
  return took;
}

async function withoutOneDesk(organisation: TestOrganisation, store: Store): Promise<Took> {
  const { service, prepare, told } = await openJudgingDirectory(organisation, store);
  const { deskKeys } = organisation.manifest;
  const takeEffect = await prepare({ deskKeys: deskKeys.slice(0, 1) });
  const took = await measureWait(async () => {
    const everybody = told(people / 2);
    takeEffect();
    await everybody;
  });
  // As it was, for the next round.
  const takeBack = await prepare({ deskKeys });
  const everybody = told(people / 2);
  takeBack();
  await everybody;
  service.close();
  return took;
}

const both = (what: string, unit: "slice" | "wait", runs: readonly Took[]): Measured[] => [
  { metric: `${people} people ${what}`, unit: "ms", runs: runs.map(({ total }) => total) },
  { metric: `${people} people ${what}: longest ${unit}`, unit: "ms", runs: runs.map((one) => one.longest) },
];
