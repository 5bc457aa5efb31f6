/**
 * A copy of the whole profile from before a lock or a wipe, and the authenticator: what holds, and what cannot where the
 * policy allows opening without network (P8, decision 21).
 */
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import type { Storage, StorageChange } from "@nimes/client/ports/storage";
import { storageTables } from "@nimes/client/ports/storage";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { surroundings } from "../network/surroundings.ts";
import { signOrder, signPolicy } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { addPasskey, openOffline, openWith } from "./passkey-holder.ts";
import { until } from "./until.ts";

const hour = 60 * 60_000;
const opens = { ok: true, value: undefined };
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

async function copyOf({ ports }: act.Officer): Promise<Storage> {
  const copy = createMemoryStorage();
  for (const table of storageTables)
    for (const { key, record } of await ports.storage.list(table, { prefix: [] }))
      await copy.write([{ put: table, key, record } as StorageChange], "strict");
  return copy;
}
/** An officer whose device was copied before an order ended it. */
async function copiedBefore(kind: "lock" | "wipe", offlineOpeningMs: number) {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { offlineOpeningMs } }),
  );
  const around = surroundings();
  const anna = await here.join("Anna", around.ports);
  const passkey = await addPasskey(anna);
  const storage = await copyOf(anna);
  const order = await signOrder(here.organisation, kind, { deviceId: act.deviceIdOf(anna), sequence: 1 });
  await here.publish(routes.postOrder, { kind, order });
  await until(anna.client, "carried out", async () =>
    kind === "lock" ? (await act.lockOf(anna))?.order : (await anna.client.state()).state === "destroyed",
  );
  const ended = await anna.client.state();
  await here.sleep(anna);
  return { ...around, anna, passkey, storage, ended };
}

test.for(["lock", "wipe"] as const)(
  "after a %s order a copied profile with contact opens by nothing, and what opened it without is deleted (P8)",
  async (kind) => {
    const { anna, passkey, storage, now } = await copiedBefore(kind, 8 * hour);
    const back = await here.restart(anna, { storage });
    const refused = { ok: false, code: kind === "lock" ? "device-locked" : "capsule-destroyed" };
    expect(await openWith(back, passkey)).toEqual(refused);
    expect(await back.client.open(anna.pin)).toMatchObject({ ok: false });
    await until(back.client, "learnt", async () => {
      const state = await back.client.state();
      return state.state === "destroyed" || (state.state === "locked" && state.lock.order !== undefined);
    });
    now.offline = true;
    expect((await openOffline(back, passkey)).ok).toBe(false);
  },
);

test.for(["lock", "wipe"] as const)(
  "after a %s order a copied profile without contact opens only within the policy's hours by its clock, which may be set back",
  async (kind) => {
    const { anna, passkey, storage, now } = await copiedBefore(kind, 8 * hour);
    now.offline = true;
    now.offsetMs = 9 * hour;
    const late = await here.restart(anna, {
      storage: await copyOf({ ...anna, ports: { ...anna.ports, storage } }),
    });
    expect(await openOffline(late, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
    await here.sleep(late);
    // What cannot be kept: nothing on a disk is newer than itself, so a clock set back is not noticed by a copy.
    now.offsetMs = 0;
    const back = await here.restart(anna, { storage });
    expect(await openOffline(back, passkey)).toEqual(opens);
    await here.sleep(back);
  },
);

test("without hours in the policy a copied profile has nothing that opens without network", async () => {
  const { anna, passkey, storage, now } = await copiedBefore("wipe", 0);
  now.offline = true;
  const back = await here.restart(anna, { storage });
  expect(await openOffline(back, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
});

test("a wiped device names its passkey, so that the authenticator can be told to forget it", async () => {
  const { ended } = await copiedBefore("wipe", 8 * hour);
  expect(ended).toMatchObject({ state: "destroyed", why: "wipe", passkey: expect.any(String) });
});
