/** Orders to a device: verified, carried out before anything is shown, and answered with a receipt. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { storageTables } from "@nimes/client/ports/storage";
import { StoreFull } from "@nimes/client/ports/store";
import { encodeCbor } from "@nimes/protocol/cbor";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { orderHash } from "@nimes/protocol/signed/hashes";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { OrderReceipt } from "@nimes/protocol/signed/orders";
import { openSigned, signStructure } from "@nimes/protocol/signed/signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lyingRoute } from "../network/hostile-http.ts";
import { makeOrganisation, newSigner, publishManifest, signOrder, signPolicy } from "../organisation.ts";
import { must, rawCalls } from "../server/raw-calls.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const opens = { ok: true, value: undefined };
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

async function order(officer: act.Officer, kind: OrderKind, sequence: number): Promise<Signed> {
  const signed = await signOrder(here.organisation, kind, { deviceId: act.deviceIdOf(officer), sequence });
  await here.publish(routes.postOrder, { kind, order: signed });
  return signed;
}
/** What a desk learns of the officer's device. */
async function reportOn(officer: act.Officer) {
  const calls = rawCalls(here.world.serverUrl);
  const query = { orgId: here.organisation.orgId, userId: officer.me.userId, nonce: await calls.nonce() };
  const body = await signStructure("DeviceQuery", query, [here.organisation.revocation]);
  const { devices } = must(await calls.call(routes.postDeviceQuery, { body }));
  return devices.find(({ deviceId }) => deviceId === act.deviceIdOf(officer));
}
const receiptFor = (officer: act.Officer, signed: Signed, deviceKey: Uint8Array) =>
  until(officer.client, "the receipt has come", async () => {
    const report = await reportOn(officer);
    for (const receipt of report?.receipts ?? []) {
      const opened = await openSigned("OrderReceipt", OrderReceipt, receipt, [deviceKey]);
      if (opened.ok && Buffer.from(opened.value.order).equals(orderHash(signed.payload))) return opened.value;
    }
    return undefined;
  });
async function deviceKeyOf(officer: act.Officer): Promise<Uint8Array> {
  const [device] = (await officer.ports.storage.getMany("outside", [["device"]])) as [
    { deviceKeys: CryptoKeyPair },
  ];
  return new Uint8Array(await crypto.subtle.exportKey("raw", device.deviceKeys.publicKey));
}
async function leftBehind(officer: act.Officer): Promise<number> {
  const tables = await Promise.all(
    storageTables.map((table) => officer.ports.storage.list(table, { prefix: [] })),
  );
  return tables.flat().length;
}
/** Blocks of core-crypto's store of this device. */
async function blocksOf(officer: act.Officer): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open("core-crypto");
    opening.onsuccess = () => resolve(opening.result);
  });
  const name = `nimes-mls-${act.deviceIdOf(officer)}`;
  const count = await new Promise<number>((resolve) => {
    const counting = database
      .transaction("blocks")
      .objectStore("blocks")
      .count(IDBKeyRange.bound([name], [name, []]));
    counting.onsuccess = () => resolve(counting.result);
  });
  database.close();
  return count;
}
const becomes = (officer: act.Officer, state: string) =>
  until(officer.client, `${officer.name} is ${state}`, async () => {
    const now = await officer.client.state();
    return now.state === state && now;
  });

test("a wipe order online destroys at once, everything, and the receipt says so", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "bald weg");
  await act.isDelivered(anna, room, "bald weg");
  const deviceKey = await deviceKeyOf(anna);
  expect(await blocksOf(anna)).toBeGreaterThan(0);
  expect(await reportOn(anna)).toMatchObject({ destroyed: false, receipts: [] });
  const wipe = await order(anna, "wipe", 1);
  expect(await becomes(anna, "destroyed")).toMatchObject({ why: "wipe", reason: "Als verloren gemeldet" });
  expect(await anna.client.rooms()).toEqual([]);
  expect(await receiptFor(anna, wipe, deviceKey)).toMatchObject({ kind: "wipe", sequence: 1 });
  expect(await leftBehind(anna)).toBe(1);
  expect(await blocksOf(anna)).toBe(0);
  // Others are not touched.
  expect(await blocksOf(bernd)).toBeGreaterThan(0);
  await act.say(bernd, room, "bin noch da");
});

test("a wipe order that came while the phone was away is carried out before anything is shown (C6)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  const deviceKey = await deviceKeyOf(anna);
  const wipe = await order(anna, "wipe", 1);
  const again = await here.restart(anna);
  expect(await again.client.open(anna.pin)).toEqual({ ok: false, code: "capsule-destroyed" });
  expect(await becomes(again, "destroyed")).toMatchObject({ why: "wipe" });
  expect(await again.client.rooms()).toEqual([]);
  expect(await receiptFor(again, wipe, deviceKey)).toMatchObject({ kind: "wipe" });
  expect(await leftBehind(again)).toBe(1);
});

test("a phone that dies between the wipe and its receipt sends it at its next start, and keeps no key behind it", async () => {
  const anna = await here.join("Anna", {
    // Every receipt is lost on the way.
    http: {
      send: async (request) =>
        request.url.endsWith(routes.postOrderReceipt.path)
          ? { ok: false, code: "no-network" }
          : fetchHttp.send(request),
    },
  });
  const deviceKey = await deviceKeyOf(anna);
  const wipe = await order(anna, "wipe", 1);
  await becomes(anna, "destroyed");
  await until(anna.client, "all is gone", async () => (await leftBehind(anna)) === 1);
  await here.sleep(anna);
  expect((await reportOn(anna))?.receipts).toEqual([]);
  const again = await here.restart(anna, { http: fetchHttp });
  expect(await becomes(again, "destroyed")).toMatchObject({ why: "wipe", reason: "Als verloren gemeldet" });
  expect(await receiptFor(again, wipe, deviceKey)).toMatchObject({ kind: "wipe", sequence: 1 });
  await until(again.client, "no key is left", async () => {
    const remains = await again.ports.storage.list("outside", { prefix: [] });
    return remains.length === 1 && !JSON.stringify(remains).includes("deviceKeys");
  });
});

test("a wiped phone needs nobody at the lock screen: it wipes itself as soon as it has network (C6)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  await order(anna, "wipe", 1);
  const again = await here.restart(anna);
  await becomes(again, "destroyed");
});

test("a wipe order is carried out on a phone that has no space left, too (C6)", async () => {
  const inner = createMemoryStorage();
  let isFull = false;
  const anna = await here.join("Anna", {
    storage: {
      ...inner,
      async write(changes, durability) {
        if (isFull) throw new StoreFull();
        await inner.write(changes, durability);
      },
      async destroy() {
        await inner.destroy();
        isFull = false;
      },
    },
  });
  const deviceKey = await deviceKeyOf(anna);
  isFull = true;
  const wipe = await order(anna, "wipe", 1);
  await becomes(anna, "destroyed");
  expect(await receiptFor(anna, wipe, deviceKey)).toMatchObject({ kind: "wipe" });
  expect(await leftBehind(anna)).toBe(1);
  expect(await blocksOf(anna)).toBe(0);
});

test("a lock order closes at once, keeps closed with the right PIN, and an unlock order opens the way", async () => {
  const anna = await here.join("Anna");
  const deviceKey = await deviceKeyOf(anna);
  const lock = await order(anna, "lock", 1);
  await until(anna.client, "locked by order", async () => {
    const state = await anna.client.state();
    return state.state === "locked" && state.lock.order?.reason === "Als verloren gemeldet";
  });
  expect(await anna.client.open(anna.pin)).toEqual({ ok: false, code: "device-locked" });
  expect(await receiptFor(anna, lock, deviceKey)).toMatchObject({ kind: "lock", sequence: 1 });
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await again.client.state()).toMatchObject({ lock: { order: { reason: "Als verloren gemeldet" } } });
  const unlock = await order(anna, "unlock", 2);
  expect(await receiptFor(again, unlock, deviceKey)).toMatchObject({ kind: "unlock", sequence: 2 });
  await until(again.client, "unlocked", async () => {
    const state = await again.client.state();
    return state.state === "locked" && !state.lock.order;
  });
  expect(await again.client.open(anna.pin)).toEqual(opens);
  await act.isOnline(again);
});

/** Whatever a server without a revocation key can show in place of an order of this kind. */
async function forgeriesOf(kind: OrderKind, anna: act.Officer, other: act.Officer) {
  const { organisation } = here;
  const own = { deviceId: act.deviceIdOf(anna), sequence: 9 };
  const order = { orgId: organisation.orgId, kind, ...own, reason: "x", time: 0 };
  const honest = await signOrder(organisation, kind, { ...own, deviceId: act.deviceIdOf(other) });
  const wrongType = kind === "lock" ? "WipeOrder" : "LockOrder";
  const stranger = await newSigner();
  return {
    "of a key nobody knows": await signOrder(organisation, kind, { ...own, signer: stranger }),
    "of a policy key": await signOrder(organisation, kind, { ...own, signer: organisation.policy }),
    "of the root": await signOrder(organisation, kind, { ...own, signer: organisation.root }),
    "of another organisation": await signOrder(await makeOrganisation(), kind, own),
    "of another organisation, by our key": await signOrder(organisation, kind, {
      ...own,
      orgId: (await makeOrganisation()).orgId,
    }),
    "to another device": honest,
    "signed as another kind": await signStructure(wrongType, order, [organisation.revocation]),
    "with another's signature": { payload: encodeCbor(order), signatures: honest.signatures },
    "older than the last": await signOrder(organisation, kind, { ...own, sequence: 1 }),
    "with the number of the last": await signOrder(organisation, kind, { ...own, sequence: 2 }),
  } satisfies Record<string, Signed>;
}

test.for(["wipe", "lock", "unlock"] as const)(
  "a %s order that is forged, replayed, older, or for another device is ignored (K4)",
  async (kind) => {
    const [anna, other] = [await here.join("Anna"), await here.join("Bernd")];
    // One that must not be unlocked, the others must not be closed.
    const isLocked = kind === "unlock";
    const before = [await order(anna, "lock", 1)];
    if (isLocked) before.push(await order(anna, "lock", 2));
    else before.push(await order(anna, "unlock", 2));
    await becomes(anna, "locked");
    const last = isLocked ? { ok: false, code: "device-locked" } : { ok: true, value: undefined };
    expect(await anna.client.open(anna.pin)).toEqual(last);
    await here.sleep(anna);
    const lies = { ...(await forgeriesOf(kind, anna, other)), ...Object.fromEntries(before.entries()) };
    for (const [what, lie] of Object.entries(lies)) {
      const again = await here.restart(anna, {
        http: lyingRoute(routes.getDeviceState, (answer) => ({ ...answer, orders: [lie] })),
      });
      expect(await again.client.open(anna.pin), what).toEqual(last);
      expect((await again.client.state()).state, what).toBe(isLocked ? "locked" : "ready");
      await here.sleep(again);
    }
    const honest = await here.restart(anna, { http: fetchHttp });
    expect(await honest.client.open(anna.pin)).toEqual(last);
  },
);

test("an order of a revocation key that came with a newer manifest counts", async () => {
  const anna = await here.join("Anna");
  const signer = await newSigner();
  const manifest = await publishManifest(here.organisation, {
    revocationKeys: [here.organisation.revocation.publicKey, signer.publicKey],
  });
  await here.publish(routes.postManifest, manifest);
  const lock = await signOrder(here.organisation, "lock", {
    deviceId: act.deviceIdOf(anna),
    sequence: 1,
    signer,
  });
  await here.publish(routes.postOrder, { kind: "lock", order: lock });
  await becomes(anna, "locked");
});

test("a policy or agreement that is older or not signed by a policy key changes nothing (K4)", async () => {
  const { organisation } = here;
  await here.publish(
    routes.postPolicy,
    await signPolicy(organisation, { version: 2, service: { pinMinLength: 9 } }),
  );
  const anna = await here.join("Anna");
  await here.sleep(anna);
  const lies = [
    await signPolicy(organisation, { version: 1 }),
    await signPolicy(organisation, { version: 3, signer: await newSigner() }),
    await signPolicy(organisation, { version: 3, signer: organisation.revocation }),
  ];
  for (const policy of lies) {
    const again = await here.restart(anna, {
      http: lyingRoute(routes.getDeviceState, (answer) => ({ ...answer, policy })),
    });
    expect(await again.client.open(anna.pin)).toEqual(opens);
    expect(await again.client.rules()).toMatchObject({ policyVersion: 2, policy: { pinMinLength: 9 } });
    await here.sleep(again);
  }
});

test("private devices that are not allowed any more close, and open again when they are", async () => {
  const letter = await here.enrol("Anna", { deviceClass: "private" });
  const anna = await here.join("Anna", {}, letter);
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, privateDevicesAllowed: false }),
  );
  await becomes(anna, "locked");
  expect(await anna.client.open(anna.pin)).toEqual({ ok: false, code: "private-not-allowed" });
  await here.publish(routes.postPolicy, await signPolicy(here.organisation, { version: 2 }));
  expect(await anna.client.open(anna.pin)).toEqual(opens);
});

test("a wipe order that overtakes an opening under way wins: nothing is shown (C6)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  let ordered = false;
  const again = await here.restart(anna, {
    http: {
      async send(request) {
        const answer = await fetchHttp.send(request);
        // The token of the second step is on its way to the phone when the order is given.
        if (!ordered && request.url.endsWith(routes.postPinLoginFinish.path)) {
          ordered = true;
          await order(anna, "wipe", 1);
        }
        return answer;
      },
    },
  });
  await again.client.open(anna.pin);
  await becomes(again, "destroyed");
  expect(await again.client.rooms()).toEqual([]);
  await until(again.client, "cleared", async () => (await leftBehind(again)) === 1);
});
