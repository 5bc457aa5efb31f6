/** What a browser, a thief or an old release does to the disk: it is noticed, and said. */
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { deriveOutsideKey } from "@nimes/client/capsule/keys";
import type { OutsideDevice } from "@nimes/client/capsule/outside";
import { findOutside } from "@nimes/client/capsule/outside";
import { unseal } from "@nimes/client/capsule/seal";
import { openClient } from "@nimes/client/open-client";
import type { Storage, StorageTable } from "@nimes/client/ports/storage";
import { storageTables } from "@nimes/client/ports/storage";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import { utf8 } from "@nimes/protocol/bytes";
import { decodeOwnCbor } from "@nimes/protocol/cbor";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enrolAgain, signPolicy } from "../organisation.ts";
import { copyDisk } from "./device-disk.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { formsOf } from "./text-forms.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(() => here.close());

const rowsOf = async (storage: Storage, table: StorageTable) => storage.list(table, { prefix: [] });
async function isEmptyButForTheReason({ client, ports }: act.Officer): Promise<void> {
  await until(client, "cleared", async () => {
    const rows = await Promise.all(storageTables.map((table) => rowsOf(ports.storage, table)));
    return rows.flat().length === 1;
  });
}

test.for(["device", "capsule", "state"])(
  "a disk from which the browser has taken %s is explained and cleared, and a new letter works (F13)",
  async (part) => {
    const letter = await here.enrol("Anna");
    const anna = await here.join("Anna", {}, letter);
    await here.sleep(anna);
    await anna.ports.storage.write([{ delete: "outside", key: [part] }], "strict");
    const again = await here.restart(anna);
    expect(await again.client.state()).toEqual({ state: "destroyed", why: "evicted" });
    await isEmptyButForTheReason(again);
    await again.client.startAfresh();
    expect(await again.client.state()).toEqual({ state: "not-activated" });
    const next = await enrolAgain(letter);
    await here.publish(routes.postAttestation, next.signedAttestation);
    const link = next.linkAt(here.world.serverUrl);
    expect(await again.client.activate(link, { pin: act.goodPin, agreementVersion: 0 })).toMatchObject({
      ok: true,
    });
    expect(here.bugs).toEqual([]);
  },
);

test("an encryption store that the browser has taken is noticed at the opening (F13)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  // core-crypto finds nothing under the name of the store, and begins a new one.
  const again = await here.restart(anna, {
    openE2ee: (options) => openE2ee({ ...options, storeName: `${options.storeName}-gone` }),
  });
  expect(await again.client.open(anna.pin)).toEqual({ ok: false, code: "capsule-destroyed" });
  expect(await again.client.state()).toEqual({ state: "destroyed", why: "evicted" });
  await isEmptyButForTheReason(again);
});

/** What whoever can run code in the browser profile reads while the capsule is closed. */
async function readOutside({
  ports: { storage },
}: act.Officer): Promise<{ fields: object; bytes: Uint8Array }> {
  const [device, sealed] = await storage.getMany("outside", [["device"], ["state"]]);
  const key = await deriveOutsideKey((device as OutsideDevice).localKey);
  const bytes = await unseal(key, sealed as Uint8Array<ArrayBuffer>, utf8("NIMes/outside-state/v1"));
  if (!bytes) throw new Error("it does not open");
  return { fields: decodeOwnCbor(bytes) as object, bytes };
}
/** All that the lock screen, orders and rules need; docs/data-protection.md says what for. */
const neededOutside = [
  "agreements",
  "deviceClass",
  "displayName",
  "manifests",
  "orders",
  "policies",
  "receiptsDue",
  "rootHash",
];

test("what stands outside names the person for the lock screen, and neither their id nor times (C1)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  await act.openDirect(anna, bernd);
  await here.sleep(anna);
  const { fields, bytes } = await readOutside(anna);
  expect(Object.keys(fields).sort()).toEqual(neededOutside);
  const text = Buffer.from(bytes).toString("latin1");
  expect(text).toContain("Anna");
  for (const inside of [anna.me.userId, anna.me.clientId, bernd.me.userId, "Bernd"])
    expect(text).not.toContain(inside);
});

test("when the server last answered is kept only while the rules allow opening without network (P8)", async () => {
  const anna = await here.join("Anna");
  const publish = async (version: number, offlineOpeningMs: number): Promise<void> => {
    const service = { offlineOpeningMs };
    await here.publish(routes.postPolicy, await signPolicy(here.organisation, { version, service }));
  };
  await publish(1, 60 * 60_000);
  await here.sleep(anna);
  const later = await here.wake(anna);
  await here.sleep(later);
  expect(Object.keys((await readOutside(anna)).fields)).toEqual(
    expect.arrayContaining(["lastContact", "latestClock"]),
  );
  await publish(2, 0);
  await here.sleep(await here.wake(anna));
  expect(Object.keys((await readOutside(anna)).fields).sort()).toEqual(neededOutside);
});

test("what an earlier release kept outside goes inside at the next opening, and nothing is lost", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await here.sleep(anna);
  const found = await findOutside(anna.ports.storage);
  if (found.found !== "device") throw new Error("there is a device");
  const { clientId, userId } = anna.me;
  await found.outside.changeBoth(({ state, capsule: { own: _, ...capsule } }) => ({
    state: { ...state, ...{ clientId, userId, lastContact: 1, latestClock: 1 } },
    capsule,
  }));
  const again = await here.wake(anna);
  await act.say(again, room, "noch da");
  await act.hears(bernd, room, "noch da");
  await here.sleep(again);
  expect(Object.keys((await readOutside(anna)).fields).sort()).toEqual(neededOutside);
});

test("sealed records that the browser has taken, or somebody has set back, are not shown over (C2)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.isDelivered(anna, room, "eins");
  await here.sleep(anna);
  const older = await rowsOf(anna.ports.storage, "rooms");
  const later = await here.wake(anna);
  await act.say(later, room, "zwei");
  await act.isDelivered(later, room, "zwei");
  await here.sleep(later);
  await anna.ports.storage.write(
    older.map(({ key, record }) => ({ put: "rooms", key, record })),
    "strict",
  );
  const again = await here.restart(anna);
  expect(await again.client.open(anna.pin)).toEqual({ ok: false, code: "capsule-damaged" });
  expect(await again.client.state()).toEqual({ state: "failed", code: "capsule-damaged" });
  expect(await again.client.rooms()).toEqual([]);
  await again.client.startAfresh();
  expect(await again.client.state()).toEqual({ state: "not-activated" });
});

test("a whole disk that is set back to an earlier day opens, and the rooms say that it was (C2)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "gestern");
  await act.isDelivered(anna, room, "gestern");
  await here.sleep(anna);
  const setBack = await copyDisk(anna);
  const today = await here.wake(anna);
  await act.say(today, room, "heute");
  await act.isDelivered(today, room, "heute");
  await here.sleep(today);
  await setBack();
  const again = await here.wake(anna);
  await until(again.client, "the room says so", async () =>
    (await act.noticesOf(again, room)).some((notice) => notice.type === "fork"),
  );
  // A disk that is only copied and put back says nothing.
  await here.sleep(bernd);
  const quiet = await copyDisk(bernd);
  await quiet();
  const awake = await here.wake(bernd);
  await act.isOnline(awake);
  expect((await act.noticesOf(awake, room)).map(({ type }) => type)).not.toContain("fork");
  expect(here.bugs).toEqual([]);
});

test("a disk of a release from before the capsule is told from a fresh one, and a fresh start clears it", async () => {
  let old = true;
  const inner = createMemoryStorage();
  const storage: Storage = {
    ...inner,
    hasOldFormat: async () => old,
    async destroy() {
      old = false;
      await inner.destroy();
    },
  };
  const client = await openClient(await act.makePorts(here.world, { storage }));
  expect(await client.state()).toEqual({ state: "old-format" });
  const letter = await here.enrol("Anna");
  const link = letter.linkAt(here.world.serverUrl);
  const consent = { pin: act.goodPin, agreementVersion: 0 };
  expect((await client.activate(link, consent)).ok).toBe(false);
  await client.startAfresh();
  expect(await client.activate(link, consent)).toMatchObject({ ok: true });
  await client.close();
});

test("a capsule of the former format is told that it begins anew, stays as it is until then, and is cleared", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  const { storage } = anna.ports;
  // What the former release stored differs in this number and in what is sealed behind it, which is not looked at.
  const format = 1;
  const outside = await storage.list("outside", { prefix: [] });
  const numbered = outside.filter(({ record }) => (record as { format?: number }).format !== undefined);
  expect(numbered.map(({ key }) => key[0]).sort()).toEqual(["capsule", "device"]);
  await storage.write(
    numbered.map(({ key, record }) => ({ put: "outside", key, record: { ...(record as object), format } })),
    "strict",
  );
  const before = await storage.list("outside", { prefix: [] });
  const client = await openClient(anna.ports);
  expect(await client.state()).toEqual({ state: "old-format" });
  expect(await client.open(act.goodPin)).toMatchObject({ ok: false });
  expect(await storage.list("outside", { prefix: [] })).toEqual(before);
  await client.startAfresh();
  expect(await client.state()).toEqual({ state: "not-activated" });
  expect(await storage.list("outside", { prefix: [] })).toEqual([]);
  const letter = await here.enrol("Anna");
  const consent = { pin: act.goodPin, agreementVersion: 0 };
  expect(await client.activate(letter.linkAt(here.world.serverUrl), consent)).toMatchObject({ ok: true });
  await client.close();
  expect(here.bugs).toEqual([]);
});

test("nothing on the disk of an opened device shows a text, a name or an id (C1)", async () => {
  const anna = await here.join("Anna Behrens-Falkenhayn");
  const bernd = await here.join("Bernd Wiesengrund");
  const room = await act.openDirect(anna, bernd);
  const text = "Zugriff am Maschsee um vier";
  await act.say(anna, room, text);
  await act.isDelivered(anna, room, text);
  await anna.client.setDraft(room, "noch nicht gesendet");
  const secrets = [text, "noch nicht", "Falkenhayn", "Wiesengrund", room, bernd.me.userId, anna.me.userId];
  const forms = secrets.flatMap(formsOf);
  let stored = 0;
  for (const table of storageTables)
    for (const { key, record } of await rowsOf(anna.ports.storage, table)) {
      const bytes = Buffer.concat([Buffer.from(JSON.stringify(key)), ...binaryIn(record)]);
      for (const form of forms) expect(bytes.includes(form), table).toBe(false);
      stored += 1;
    }
  expect(stored).toBeGreaterThan(10);
});

/** Everything of a record that is bytes or text. */
function binaryIn(value: unknown): Buffer[] {
  if (typeof value === "string") return [Buffer.from(value)];
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(binaryIn);
}
