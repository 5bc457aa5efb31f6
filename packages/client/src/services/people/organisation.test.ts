/** The organisation's manifests under a server that lies: the known history stays, and honest news comes all the same (D9). */

import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestOrganisation } from "@nimes/testing/organisation";
import { makeOrganisation, publishManifest } from "@nimes/testing/organisation";
import { beforeEach, expect, test } from "vitest";
import type { Outside, OutsideState } from "../../capsule/outside.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import type { Organisation } from "./organisation.ts";
import { loadOrganisation } from "./organisation.ts";

let known: TestOrganisation;
let state: OutsideState;
let answer: () => Promise<Signed[] | undefined>;
let organisation: Organisation;

beforeEach(async () => {
  known = await makeOrganisation();
  await publishManifest(known, { name: "Zwei" });
  const { rootHash } = known;
  state = { rootHash, manifests: [...known.manifests] } as OutsideState;
  const outside = {
    state: () => state,
    async change(make: (state: OutsideState) => OutsideState) {
      state = make(state);
    },
  } as Outside;
  const call = async () => {
    const manifests = await answer();
    return manifests ? ok({ manifests }) : refuse("no-network");
  };
  organisation = granted(await loadOrganisation(outside, { call } as unknown as ServerCalls));
});

/** Another history that the same root has signed. */
async function fork(): Promise<TestOrganisation> {
  const other = { ...known, manifests: known.manifests.slice(0, 1) };
  other.manifest = { ...known.manifest, version: 1, name: known.name, previous: null };
  await publishManifest(other, { name: "Anders" });
  await publishManifest(other, { name: "Noch anders" });
  return other;
}

test.each<[string, () => Promise<Signed[]>]>([
  ["no manifest at all", async () => []],
  ["an older state", async () => known.manifests.slice(0, 1)],
  ["a history without its beginning", async () => known.manifests.slice(1)],
  ["a history in another order", async () => known.manifests.toReversed()],
  ["one version twice", async () => [...known.manifests, ...known.manifests.slice(-1)]],
  ["another organisation's", async () => (await makeOrganisation()).manifests],
  ["another history of the same root", async () => (await fork()).manifests],
  [
    "a forged version behind the known ones",
    async () => {
      const stranger = await makeOrganisation();
      const forged = { ...known, root: stranger.root, manifests: [...known.manifests] };
      await publishManifest(forged, { name: "Gefälscht" });
      return forged.manifests;
    },
  ],
])("%s changes nothing, is a contradiction, and keeps nothing out that comes later", async (_name, lie) => {
  const before = { ...state };
  let newer = 0;
  organisation.onNewer(() => {
    newer += 1;
  });
  answer = lie;
  expect(await organisation.sync()).toEqual({ ok: true, value: "contradicts" });
  expect(organisation.current().manifest.name).toBe("Zwei");
  expect(state).toEqual(before);
  await publishManifest(known, { name: "Drei" });
  answer = async () => known.manifests;
  expect(await organisation.sync()).toEqual({ ok: true, value: "newer" });
  expect(organisation.current().manifest.name).toBe("Drei");
  expect(newer).toBe(1);
});

test("no answer is no news, and of two looks the later one stays", async () => {
  answer = async () => undefined;
  expect(await organisation.sync()).toEqual({ ok: false, code: "no-network" });
  const older = [...known.manifests];
  await publishManifest(known, { name: "Drei" });
  let first = true;
  answer = async () => {
    if (!first) return older;
    first = false;
    await new Promise(setImmediate);
    return known.manifests;
  };
  const both = await Promise.all([organisation.sync(), organisation.sync()]);
  expect(both.map((one) => one.ok && one.value)).toEqual(["newer", "contradicts"]);
  expect(organisation.current().manifest.name).toBe("Drei");
});
