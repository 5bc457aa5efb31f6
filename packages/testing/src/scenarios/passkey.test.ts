/** Opening by passkey, with network and without; the authenticator is one in software, its secret in the test's hands. */
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { parseClientId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lyingRoute } from "../network/hostile-http.ts";
import { surroundings } from "../network/surroundings.ts";
import { signAgreement, signOrder, signPolicy } from "../organisation.ts";
import { softwareAuthenticator } from "../server/software-authenticator.ts";
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

/** What the organisation allows reaches a device behind its activation, and only then is the wrap for it made. */
const knowsPolicy = (officer: act.Officer) =>
  until(
    officer.client,
    `${officer.name} knows the policy`,
    async () => (await officer.client.rules())?.policyVersion === 1,
  );

const wrapsOf = async ({ ports }: act.Officer) =>
  (await ports.storage.getMany("outside", [["capsule"]]))[0] as {
    passkeyWrap?: object;
    offlineWrap?: object;
  };

test("a passkey opens, another one and one that was removed do not", async () => {
  const anna = await here.join("Anna");
  const passkey = await addPasskey(anna);
  expect(await anna.client.rules()).toMatchObject({ passkey: true });
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await act.lockOf(again)).toMatchObject({ passkey: true });
  const stranger = { authenticator: await softwareAuthenticator(), prf: passkey.prf };
  expect(await openWith(again, stranger)).toEqual({ ok: false, code: "passkey-refused" });
  const wrongSecret = { ...passkey, prf: new Uint8Array(32) };
  expect(await openWith(again, wrongSecret)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await openWith(again, passkey)).toEqual(opens);
  await act.isOnline(again);
  expect(await again.client.removePasskey()).toEqual(opens);
  await again.client.lock();
  expect(await act.lockOf(again)).toMatchObject({ passkey: false });
  expect(await openWith(again, passkey)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await again.client.open(again.pin)).toEqual(opens);
});

test("a passkey and what it opens come and go in one write: nothing that looks in between takes it for a leftover", async () => {
  const storage = createMemoryStorage();
  const written: string[][] = [];
  const watched: typeof storage = {
    ...storage,
    write(changes, durability) {
      written.push(
        changes.flatMap((change) =>
          "put" in change && change.put === "outside" ? change.key.map(String) : [],
        ),
      );
      return storage.write(changes, durability);
    },
  };
  const anna = await here.join("Anna", { storage: watched });
  written.length = 0;
  await addPasskey(anna);
  expect(await anna.client.removePasskey()).toEqual(opens);
  const ofCapsule = written.filter((records) => records.includes("capsule"));
  expect(ofCapsule.map((records) => records.sort())).toEqual([
    ["capsule", "state"],
    ["capsule", "state"],
  ]);
});

test("where the policy does not allow it, nothing on the device opens without network", async () => {
  const { now, ports } = surroundings();
  const anna = await here.join("Anna", ports);
  const passkey = await addPasskey(anna);
  expect((await wrapsOf(anna)).offlineWrap).toBeUndefined();
  await here.sleep(anna);
  now.offline = true;
  const again = await here.restart(anna);
  expect(await openOffline(again, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
});

test("without network the passkey opens for the policy's hours, and with it both steps are due", async () => {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { offlineOpeningMs: 8 * hour } }),
  );
  const { now, ports, goOnline } = surroundings();
  const anna = await here.join("Anna", ports);
  await knowsPolicy(anna);
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "schon da");
  await act.isDelivered(anna, room, "schon da");
  const passkey = await addPasskey(anna);
  await here.sleep(anna);
  now.offline = true;
  now.offsetMs = 7 * hour;
  const again = await here.restart(anna);
  expect((await act.lockOf(again))?.offlineUntil).toBeGreaterThan(Date.now() + now.offsetMs);
  expect(await openOffline(again, { ...passkey, prf: new Uint8Array(32) })).toMatchObject({ ok: false });
  expect(await openOffline(again, passkey)).toEqual(opens);
  expect(await act.textsOf(again, room)).toEqual(["schon da"]);
  await act.say(again, room, "im Funkloch geschrieben");
  expect(await again.client.changePin({ current: again.pin, next: "Allerbrücke 7" })).toMatchObject({
    ok: false,
  });
  goOnline();
  await again.client.reconnect();
  await until(
    again.client,
    "locked by the first contact",
    async () => (await act.lockOf(again)) !== undefined,
  );
  expect(await again.client.open(again.pin)).toEqual(opens);
  await act.hears(bernd, room, "im Funkloch geschrieben");
});

test("after the policy's hours, or with a clock set back, what opened without network is deleted", async () => {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { offlineOpeningMs: 8 * hour } }),
  );
  for (const offsetMs of [9 * hour, -2 * hour]) {
    const { now, ports } = surroundings();
    const anna = await here.join(`Anna ${offsetMs}`, ports);
    await knowsPolicy(anna);
    const passkey = await addPasskey(anna);
    expect((await wrapsOf(anna)).offlineWrap).toBeDefined();
    await here.sleep(anna);
    now.offline = true;
    now.offsetMs = offsetMs;
    const again = await here.restart(anna);
    expect(await openOffline(again, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
    await until(again.client, "deleted", async () => (await wrapsOf(again)).offlineWrap === undefined);
    // The clock put right again does not bring it back.
    now.offsetMs = 0;
    expect(await openOffline(again, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
    expect((await wrapsOf(again)).passkeyWrap).toBeDefined();
  }
});

test("a lock order takes away what opens without network (P8)", async () => {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { offlineOpeningMs: 8 * hour } }),
  );
  const { now, ports } = surroundings();
  const anna = await here.join("Anna", ports);
  await knowsPolicy(anna);
  const passkey = await addPasskey(anna);
  const deviceId = parseClientId(anna.me.clientId)?.deviceId;
  if (!deviceId) throw new Error("no client id");
  const order = await signOrder(here.organisation, "lock", { deviceId, sequence: 1 });
  await here.publish(routes.postOrder, { kind: "lock", order });
  await until(anna.client, "locked", async () => (await act.lockOf(anna))?.order !== undefined);
  await until(anna.client, "deleted", async () => (await wrapsOf(anna)).offlineWrap === undefined);
  expect(await openWith(anna, passkey)).toEqual({ ok: false, code: "device-locked" });
  now.offline = true;
  expect(await openOffline(anna, passkey)).toEqual({ ok: false, code: "offline-opening-ended" });
});

test("a newer agreement comes before the passkey's opening, and the same assertion counts behind it", async () => {
  const anna = await here.join("Anna");
  const passkey = await addPasskey(anna);
  await here.publish(routes.postAgreement, await signAgreement(here.organisation, { version: 1 }));
  await anna.client.lock();
  expect(await openWith(anna, passkey)).toEqual(opens);
  expect(await anna.client.state()).toMatchObject({ state: "agreement", agreement: { version: 1 } });
  expect(await anna.client.acceptAgreement(1)).toEqual(opens);
  await act.isOnline(anna);
});

test("whoever finds a phone open adds no passkey without its PIN, and a wrong one counts (A8)", async () => {
  const anna = await here.join("Anna");
  const mine = await addPasskey(anna);
  here.clock.pass(6 * 60_000);
  const refused = { ok: false, code: "pin-required" };
  expect(await anna.client.passkeyCreation()).toEqual(refused);
  expect(await anna.client.passkeyCreation("geraten 123")).toEqual({ ok: false, code: "pin-wrong" });
  expect(await anna.client.passkeyCreation()).toEqual(refused);
  await anna.client.lock();
  expect(await openWith(anna, mine)).toEqual(opens);
  // An opening by passkey is none by PIN.
  expect(await anna.client.passkeyCreation()).toEqual(refused);
  const next = await addPasskey(anna, anna.pin);
  await anna.client.lock();
  expect(await openWith(anna, mine)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await openWith(anna, next)).toEqual(opens);
});

test("the lock screen tells that a passkey was added, also when this device did not do it", async () => {
  const anna = await here.join("Anna");
  const lie = lyingRoute(routes.getDeviceState, (state) => ({
    ...state,
    passkeys: [...state.passkeys, { deviceId: act.deviceIdOf(anna), credentialId: "unknown", addedAt: 1 }],
  }));
  await anna.client.lock();
  expect((await act.lockOf(anna))?.passkeyAdded).toBeUndefined();
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  await addPasskey(anna);
  expect((await anna.client.rules())?.passkeyAdded).toBeUndefined();
  await anna.client.lock();
  expect((await act.lockOf(anna))?.passkeyAdded).toMatchObject({ thisDevice: true });
  await here.sleep(anna);

  const again = await here.restart(anna, { http: lie });
  expect(await again.client.open(anna.pin)).toEqual(opens);
  expect((await again.client.rules())?.passkeyAdded).toMatchObject({ thisDevice: true });
  expect(await again.client.confirmPasskeyNotice()).toEqual(opens);
  expect((await again.client.rules())?.passkeyAdded).toBeUndefined();
  await again.client.lock();
  expect((await act.lockOf(again))?.passkeyAdded).toBeDefined();
});

test("another passkey in place of one takes away what the first opened without network", async () => {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { offlineOpeningMs: 8 * hour } }),
  );
  const { now, ports } = surroundings();
  const anna = await here.join("Anna", ports);
  const first = await addPasskey(anna);
  const second = await addPasskey(anna, anna.pin);
  await here.sleep(anna);
  now.offline = true;
  const again = await here.restart(anna);
  expect(await openOffline(again, first)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await openOffline(again, second)).toEqual(opens);
});
