/** Opening by passkey, with network and without; the authenticator is one in software, its secret in the test's hands. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { systemClock } from "@nimes/client/adapters/system-clock";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Lock } from "@nimes/client/nimes-client";
import type { Http } from "@nimes/client/ports/http";
import type { Ports } from "@nimes/client/ports/ports";
import type { Sockets } from "@nimes/client/ports/socket";
import { parseClientId } from "@nimes/protocol/ids";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signAgreement, signOrder, signPolicy } from "../organisation.ts";
import { type SoftwareAuthenticator, softwareAuthenticator } from "../server/software-authenticator.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
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

type Passkey = { authenticator: SoftwareAuthenticator; prf: Uint8Array };

/** What the page does: asks the authenticator, whose secret depends on nothing but itself here. */
async function addPasskey(officer: act.Officer): Promise<Passkey> {
  const authenticator = await softwareAuthenticator();
  const prf = crypto.getRandomValues(new Uint8Array(32));
  const options = await officer.client.passkeyCreation();
  if (!options.ok) throw new Error(options.code);
  expect(JSON.parse(options.value)).toMatchObject({
    extensions: { prf: { eval: { first: expect.any(String) } } },
  });
  const response = await authenticator.create({ options: options.value, origin: here.world.serverUrl });
  expect(await officer.client.addPasskey({ response, prf })).toEqual(opens);
  return { authenticator, prf };
}
async function openWith(officer: act.Officer, { authenticator, prf }: Passkey) {
  const options = await officer.client.passkeyRequest();
  if (!options.ok) return options;
  expect(JSON.parse(options.value.options)).toMatchObject({
    extensions: { prf: { eval: { first: expect.any(String) } } },
  });
  const response = await authenticator.get({ options: options.value.options, origin: here.world.serverUrl });
  return officer.client.openWithPasskey({ response, prf });
}
async function openOffline(officer: act.Officer, { prf }: Passkey) {
  const options = await officer.client.passkeyRequest();
  return options.ok ? officer.client.openWithPasskey({ response: null, prf }) : options;
}
const lockOf = async ({ client }: act.Officer): Promise<Lock | undefined> => {
  const state = await client.state();
  return state.state === "locked" ? state.lock : undefined;
};
const wrapsOf = async ({ ports }: act.Officer) =>
  (await ports.storage.getMany("outside", [["capsule"]]))[0] as {
    passkeyWrap?: object;
    offlineWrap?: object;
  };

/** A network that can be taken away, and a clock. */
function surroundings() {
  const now = { offline: false, offsetMs: 0 };
  const http: Http = {
    send: (request) => (now.offline ? Promise.resolve(refuse("no-network")) : fetchHttp.send(request)),
  };
  const sockets: Sockets = {
    open(url, events) {
      if (!now.offline) return webSockets.open(url, events);
      queueMicrotask(() => events.closed());
      return { send: () => undefined, close: () => undefined };
    },
  };
  const listeners = new Set<() => void>();
  const ports: Partial<Ports> = {
    http,
    sockets,
    clock: { ...systemClock, now: () => Date.now() + now.offsetMs },
    network: {
      mayReach: () => !now.offline,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
  const goOnline = (): void => {
    now.offline = false;
    for (const listener of listeners) listener();
  };
  return { now, ports, goOnline };
}

test("a passkey opens, another one and one that was removed do not", async () => {
  const anna = await here.join("Anna");
  const passkey = await addPasskey(anna);
  expect(await anna.client.rules()).toMatchObject({ passkey: true });
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await lockOf(again)).toMatchObject({ passkey: true });
  const stranger = { authenticator: await softwareAuthenticator(), prf: passkey.prf };
  expect(await openWith(again, stranger)).toEqual({ ok: false, code: "passkey-refused" });
  const wrongSecret = { ...passkey, prf: new Uint8Array(32) };
  expect(await openWith(again, wrongSecret)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await openWith(again, passkey)).toEqual(opens);
  await act.isOnline(again);
  expect(await again.client.removePasskey()).toEqual(opens);
  await again.client.lock();
  expect(await lockOf(again)).toMatchObject({ passkey: false });
  expect(await openWith(again, passkey)).toEqual({ ok: false, code: "passkey-refused" });
  expect(await again.client.open(again.pin)).toEqual(opens);
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
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "schon da");
  await act.isDelivered(anna, room, "schon da");
  const passkey = await addPasskey(anna);
  await here.sleep(anna);
  now.offline = true;
  now.offsetMs = 7 * hour;
  const again = await here.restart(anna);
  expect((await lockOf(again))?.offlineUntil).toBeGreaterThan(Date.now() + now.offsetMs);
  expect(await openOffline(again, { ...passkey, prf: new Uint8Array(32) })).toMatchObject({ ok: false });
  expect(await openOffline(again, passkey)).toEqual(opens);
  expect(await act.textsOf(again, room)).toEqual(["schon da"]);
  await act.say(again, room, "im Funkloch geschrieben");
  expect(await again.client.changePin({ current: again.pin, next: "Allerbrücke 7" })).toMatchObject({
    ok: false,
  });
  goOnline();
  await again.client.reconnect();
  await until(again.client, "locked by the first contact", async () => (await lockOf(again)) !== undefined);
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
  const passkey = await addPasskey(anna);
  const deviceId = parseClientId(anna.me.clientId)?.deviceId;
  if (!deviceId) throw new Error("no client id");
  const order = await signOrder(here.organisation, "lock", { deviceId, sequence: 1 });
  await here.publish(routes.postOrder, { kind: "lock", order });
  await until(anna.client, "locked", async () => (await lockOf(anna))?.order !== undefined);
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
