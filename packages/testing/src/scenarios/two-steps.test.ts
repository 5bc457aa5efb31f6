/** Two steps to open: the right PIN opens, a wrong one counts, and nothing that breaks in between costs the capsule. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { serenityOpaque } from "@nimes/client/adapters/serenity-opaque";
import { systemClock } from "@nimes/client/adapters/system-clock";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Lock } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import { nonExtractableKeys } from "@nimes/client/ports/device-keys";
import type { Http } from "@nimes/client/ports/http";
import { storageTables } from "@nimes/client/ports/storage";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crashOf } from "../network/crash.ts";
import { droppingHttp } from "../network/dropping-http.ts";
import { fastClock } from "../network/fast-clock.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import { signAgreement, signPolicy } from "../organisation.ts";
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

async function lockOf({ client }: act.Officer): Promise<Lock> {
  const state = await client.state();
  if (state.state !== "locked") throw new Error(`not locked: ${state.state}`);
  return state.lock;
}
const stateOf = async ({ client }: act.Officer) => (await client.state()).state;

test("a PIN opens whichever keyboard it is typed on: composed or not, and with spaces at its ends", async () => {
  const anna = await here.join("Anna");
  const changed = await anna.client.changePin({
    current: ` ${anna.pin} `,
    next: "drei Müller\u00fc 7".normalize("NFD"),
  });
  expect(changed).toEqual({ ok: true, value: undefined });
  for (const typed of [
    "drei Müllerü 7".normalize("NFC"),
    "drei Müllerü 7".normalize("NFD"),
    " drei Müllerü 7\u00a0",
  ]) {
    await anna.client.lock();
    expect(await anna.client.open(typed)).toEqual({ ok: true, value: undefined });
  }
  await anna.client.lock();
  // What stands between the words counts.
  expect(await anna.client.open("drei  Müllerü 7")).toMatchObject({ ok: false, code: "pin-wrong" });
});

test("after a restart the lock screen names the officer, and only the right PIN shows more", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "hinter dem Schloss");
  await act.isSent(anna, room, "hinter dem Schloss");
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await lockOf(again)).toMatchObject({ displayName: "Anna", deviceClass: "service", passkey: false });
  expect(await again.client.rooms()).toEqual([]);
  expect(await again.client.directory()).toEqual({ units: [], people: [] });
  expect((await again.client.timeline(room, { limit: 10 })).items).toEqual([]);
  expect(await again.client.open("Leinewehr 43")).toEqual({ ok: false, code: "pin-wrong" });
  expect(await lockOf(again)).toMatchObject({ triesLeft: 9 });
  expect(await again.client.rooms()).toEqual([]);
  expect(await again.client.open(again.pin)).toEqual(opens);
  expect(await act.textsOf(again, room)).toEqual(["hinter dem Schloss"]);
});

test("the real stretching opens what it made", async () => {
  const anna = await here.join("Anna", { opaque: serenityOpaque() });
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await again.client.open(again.pin)).toEqual(opens);
});

test("the tenth wrong PIN destroys the capsule, and what is left is told before (A1)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  const again = await here.restart(anna);
  for (let tries = 1; tries < 10; tries += 1) {
    expect(await again.client.open(`falsche PIN ${tries}`)).toEqual({ ok: false, code: "pin-wrong" });
    const lock = await lockOf(again);
    expect(lock.triesLeft).toBe(10 - tries);
    if (tries >= 5) {
      expect(lock.waitUntil ?? 0).toBeGreaterThan(Date.now());
      expect(await again.client.open(again.pin)).toEqual({ ok: false, code: "pin-wait" });
    }
    here.clock.pass(hour);
  }
  expect((await again.client.open("falsche PIN 10")).ok).toBe(false);
  expect(await again.client.state()).toEqual({ state: "destroyed", why: "tries" });
  await until(again.client, "nothing but the reason is left", async () => {
    const rows = await Promise.all(
      storageTables.map((table) => again.ports.storage.list(table, { prefix: [] })),
    );
    return rows.flat().length === 1;
  });
  // Also for the next start, until somebody begins afresh.
  await here.sleep(again);
  const later = await here.restart(again);
  expect(await later.client.state()).toEqual({ state: "destroyed", why: "tries" });
  await later.client.startAfresh();
  expect(await later.client.state()).toEqual({ state: "not-activated" });
});

test("a right PIN ten times over a radio that drops every answer once opens, and costs no try (A1)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  const http = droppingHttp();
  for (let time = 1; time <= 10; time += 1) {
    http.again();
    const again = await here.restart(anna, { http, clock: fastClock(10) });
    expect(await again.client.open(again.pin), `opening ${time}`).toEqual(opens);
    await here.sleep(again);
  }
  expect(http.dropped()).toBeGreaterThan(40);
  const quiet = await here.restart(anna);
  await quiet.client.open("falsch, falsch");
  expect(await lockOf(quiet)).toMatchObject({ triesLeft: 9 });
});

test("without network the outcome is clear, and the same try goes on with it", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  let cut: "all" | "finish" | "nothing" = "all";
  const http: Http = {
    send: (request) =>
      cut === "all" || (cut === "finish" && request.url.endsWith(routes.postPinLoginFinish.path))
        ? Promise.resolve(refuse("no-network"))
        : fetchHttp.send(request),
  };
  const again = await here.restart(anna, {
    http,
    network: { mayReach: () => false, onChange: () => () => undefined },
  });
  expect(await again.client.open(again.pin)).toEqual({ ok: false, code: "no-network" });
  expect(await stateOf(again)).toBe("locked");
  cut = "finish";
  for (let time = 0; time < 12; time += 1)
    expect(await again.client.open(again.pin)).toEqual({ ok: false, code: "no-network" });
  expect(await lockOf(again)).toMatchObject({ triesLeft: 9 });
  cut = "nothing";
  expect(await again.client.open(again.pin)).toEqual(opens);
});

test("a clock that is a day off neither hinders activation nor opening (F12)", async () => {
  for (const offset of [-24 * hour, 24 * hour]) {
    const clock = { ...systemClock, now: () => Date.now() + offset };
    const anna = await here.join(`Anna ${offset}`, { clock });
    await act.isOnline(anna);
    await here.sleep(anna);
    const again = await here.wake(anna);
    await act.isOnline(again);
  }
});

test("locking shows nothing any more, and the PIN opens again (C4)", async () => {
  const sockets: { open: boolean }[] = [];
  const anna = await here.join("Anna", {
    sockets: {
      open(url, events) {
        const one = { open: true };
        sockets.push(one);
        const closed = () => {
          one.open = false;
          events.closed();
        };
        return webSockets.open(url, { ...events, closed });
      },
    },
  });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "geheim");
  await act.isDelivered(anna, room, "geheim");
  await anna.client.lock();
  expect(await stateOf(anna)).toBe("locked");
  expect(await anna.client.rooms()).toEqual([]);
  expect(await anna.client.room(room)).toBeUndefined();
  expect((await anna.client.timeline(room, { limit: 10 })).items).toEqual([]);
  expect(await anna.client.sendText(room, "nein")).toMatchObject({ ok: false });
  expect(await anna.client.changePin({ current: anna.pin, next: "Allerbrücke 7" })).toMatchObject({
    ok: false,
  });
  await until(anna.client, "the content connection is closed", async () => !sockets[0]?.open);
  await act.say(bernd, room, "während du weg warst");
  await until(anna.client, "something waits", async () => (await lockOf(anna)).waiting);
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  await act.hears(anna, room, "während du weg warst");
});

test("another PIN opens, and the old one does not any more", async () => {
  const anna = await here.join("Anna");
  const next = "Allerbrücke 7";
  expect(await anna.client.changePin({ current: "geraten 123", next })).toEqual({
    ok: false,
    code: "pin-wrong",
  });
  expect(await anna.client.changePin({ current: anna.pin, next: "12345678" })).toEqual({
    ok: false,
    code: "pin-unsuitable",
  });
  expect(await anna.client.changePin({ current: anna.pin, next })).toEqual(opens);
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await again.client.open(anna.pin)).toEqual({ ok: false, code: "pin-wrong" });
  expect(await again.client.open(next)).toEqual(opens);
  await act.isOnline(again);
});

test.for(["before", "behind"] as const)(
  "a device that dies %s any step of a PIN change opens with the old or the new PIN",
  { timeout: 600_000 },
  async (when) => {
    const next = "Allerbrücke 7";
    const outcomes: string[] = [];
    for (let at = 1; ; at += 1) {
      const storage = createMemoryStorage();
      const crash = crashOf({ http: fetchHttp, storage, sockets: webSockets, openE2ee }, when);
      const anna = await act.activateOfficer(here.world, `Anna ${at}`, crash.ports);
      const group = await anna.client.createGroup({ name: "Lage", userIds: [] });
      if (!group.ok) throw new Error(group.code);
      await act.isOnline(anna);
      crash.arm(at);
      const change = anna.client.changePin({ current: anna.pin, next });
      const outcome = await Promise.race([change, crash.died]);
      const again = await here.restart(anna, { storage, http: fetchHttp, sockets: webSockets, openE2ee });
      const withOld = await again.client.open(anna.pin);
      const withNew = withOld.ok ? withOld : await again.client.open(next);
      expect(withNew, `dead at step ${at}`).toEqual(opens);
      expect((await again.client.rooms()).map(({ roomId }) => roomId)).toEqual([group.value]);
      outcomes.push(withOld.ok ? "old" : "new");
      // The opening has made up its mind: the same PIN opens the next time, too.
      await here.sleep(again);
      const last = await here.restart(again);
      expect(await last.client.open(withOld.ok ? anna.pin : next)).toEqual(opens);
      await here.sleep(last);
      if (outcome) {
        expect(outcome).toEqual(opens);
        await anna.client.close();
        break;
      }
    }
    expect(outcomes.slice(0, 1)).toEqual(["old"]);
    expect(outcomes.slice(-1)).toEqual(["new"]);
    expect(outcomes.length).toBeGreaterThan(4);
  },
);

test("no key is made and nothing is stored before the agreement is accepted (C7)", async () => {
  const agreement = await signAgreement(here.organisation, { version: 1 });
  await here.publish(routes.postAgreement, agreement);
  const letter = await here.enrol("Anna");
  let made = 0;
  const ports = await act.makePorts(here.world, {
    deviceKeys: {
      make() {
        made += 1;
        return nonExtractableKeys.make();
      },
      makeLocalKey() {
        made += 1;
        return nonExtractableKeys.makeLocalKey();
      },
    },
  });
  const client = await openClient(ports);
  const databases = (await indexedDB.databases()).length;
  const stored = async () =>
    (await Promise.all(storageTables.map((table) => ports.storage.list(table, { prefix: [] })))).flat()
      .length;
  const link = letter.linkAt(here.world.serverUrl);
  expect((await client.previewActivation(link)).ok).toBe(true);
  const shown = await client.agreementFor(link);
  expect(shown).toMatchObject({ ok: true, value: { version: 1, de: { title: "Nutzungsvereinbarung" } } });
  const refused = await client.activate(link, { pin: act.goodPin, agreementVersion: 0 });
  expect(refused).toEqual({ ok: false, code: "agreement-required" });
  expect([made, await stored(), (await indexedDB.databases()).length]).toEqual([0, 0, databases]);
  expect((await client.activate(link, { pin: act.goodPin, agreementVersion: 1 })).ok).toBe(true);
  expect(made).toBe(2);
  await client.close();
});

test("a newer agreement is asked for at the next opening, and nothing is shown before it is accepted", async () => {
  const anna = await here.join("Anna");
  await here.publish(routes.postAgreement, await signAgreement(here.organisation, { version: 1 }));
  await here.sleep(anna);
  const again = await here.restart(anna);
  expect(await again.client.open(again.pin)).toEqual(opens);
  expect(await again.client.state()).toMatchObject({ state: "agreement", agreement: { version: 1 } });
  expect(await again.client.rooms()).toEqual([]);
  expect(await again.client.acceptAgreement(2)).toEqual({ ok: false, code: "outdated" });
  expect(await again.client.acceptAgreement(1)).toEqual(opens);
  expect(await stateOf(again)).toBe("ready");
  // Reading cost no try, and it is not asked again.
  await again.client.lock();
  expect(await again.client.open(again.pin)).toEqual(opens);
  expect(await stateOf(again)).toBe("ready");
});

test("the policy of the device class holds: length of the PIN, pictures, and its version never falls", async () => {
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, {
      version: 3,
      service: { pinMinLength: 14, picturesAllowed: false },
    }),
  );
  const letter = await here.enrol("Anna");
  const ports = await act.makePorts(here.world);
  const client = await openClient(ports);
  const link = letter.linkAt(here.world.serverUrl);
  const short = await client.activate(link, { pin: "Leinewehr 42", agreementVersion: 0 });
  expect(short).toEqual({ ok: false, code: "pin-unsuitable" });
  expect((await client.activate(link, { pin: "Leinewehr 42 grün", agreementVersion: 0 })).ok).toBe(true);
  const group = await client.createGroup({ name: "Lage", userIds: [] });
  if (!group.ok) throw new Error(group.code);
  const picture = await client.sendPicture(group.value, { file: new Blob(), caption: "" });
  expect(picture).toEqual({ ok: false, code: "not-allowed-by-policy" });
  expect(await client.rules()).toMatchObject({ policyVersion: 3, policy: { picturesAllowed: false } });
  await until(client, "the app listens", async () => {
    const state = await client.state();
    return state.state === "ready" && state.connection.state === "online";
  });
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 4, service: { pinMinLength: 8 } }),
  );
  await until(client, "the new policy has come while the app was open", async () => {
    const rules = await client.rules();
    return rules?.policyVersion === 4 && rules.policy.picturesAllowed;
  });
  await client.close();
});

test.for(["before", "behind"] as const)(
  "a device that dies %s any step of its activation is opened by the PIN, or begins again with the letter",
  { timeout: 600_000 },
  async (when) => {
    const outcomes = new Set<string>();
    for (let at = 1; ; at += 1) {
      const letter = await here.enrol(`Anna ${at}`);
      const link = letter.linkAt(here.world.serverUrl);
      const consent = { pin: act.goodPin, agreementVersion: 0 };
      const storage = createMemoryStorage();
      const crash = crashOf({ http: fetchHttp, storage, sockets: webSockets, openE2ee }, when);
      const dying = await openClient(await act.makePorts(here.world, crash.ports));
      crash.arm(at);
      const outcome = await Promise.race([dying.activate(link, consent), crash.died]);
      if (outcome) {
        expect(outcome).toMatchObject({ ok: true });
        await dying.close();
        break;
      }
      const client = await openClient(await act.makePorts(here.world, { storage }));
      const { state } = await client.state();
      outcomes.add(state);
      if (state === "locked") expect(await client.open(act.goodPin), `dead at step ${at}`).toEqual(opens);
      else expect(await client.activate(link, consent), `dead at step ${at}`).toMatchObject({ ok: true });
      expect(await client.state()).toMatchObject({ state: "ready", me: { userId: letter.userId } });
      await client.close();
    }
    expect([...outcomes].sort()).toEqual(["locked", "not-activated"]);
  },
);

/** A clock on which the time between two renewals passes at once. */
const renewingClock = {
  ...systemClock,
  after: (delayMs: number, callback: () => void) =>
    systemClock.after(delayMs > 5 * 60_000 ? 50 : delayMs, callback),
};

test("a connection proves itself again before its token ends, and goes on", async () => {
  let renewals = 0;
  const anna = await here.join("Anna", {
    clock: renewingClock,
    sockets: hostileSockets(webSockets, {
      swallow(frame) {
        if (frame.type === "renew") renewals += 1;
        return undefined;
      },
    }),
  });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  for (let minutes = 0; minutes < 30; minutes += 6) {
    const before = renewals;
    here.clock.pass(6 * 60_000);
    await until(anna.client, "renewed", async () => renewals > before + 1);
  }
  await act.say(anna, room, "nach einer halben Stunde");
  await act.isSent(anna, room, "nach einer halben Stunde");
  expect(await stateOf(anna)).toBe("ready");
});

test("a phone that slept past the end of its token closes, and the PIN opens it again (A8)", async () => {
  const anna = await here.join("Anna");
  here.clock.pass(11 * 60_000);
  await anna.client.createGroup({ name: "Lage", userIds: [] });
  await here.stopServer();
  await here.startServer();
  await until(anna.client, "locked", async () => (await stateOf(anna)) === "locked");
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  await act.isOnline(anna);
});
