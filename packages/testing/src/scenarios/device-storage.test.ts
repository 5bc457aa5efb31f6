/** The device's own storage: the browser's kind of store, crashes at every write, and no space left. */
import { openIndexedDbStorage } from "@nimes/client/adapters/browser/indexeddb-storage";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import type { Storage } from "@nimes/client/ports/storage";
import { StoreFull } from "@nimes/client/ports/store";
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { signOrder, signPolicy } from "../organisation.ts";
import type { Officer } from "./officers.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
});

const warningsOf = async (officer: Officer, roomId: RoomId) =>
  (await act.noticesOf(officer, roomId)).filter(
    ({ type }) => !["founded", "added", "removed"].includes(type),
  );

test("a device whose records live in IndexedDB goes on after a restart", async () => {
  const name = `device ${crypto.randomUUID()}`;
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { storage: await openIndexedDbStorage(name) });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.say(bernd, room, "zwei");
  await act.hears(anna, room, "zwei");
  await bernd.client.setDraft(room, "angefangen");
  await here.sleep(bernd);
  await act.say(anna, room, "drei");
  const awake = await here.wake(bernd, { storage: await openIndexedDbStorage(name) });
  await act.hears(awake, room, "drei");
  await act.say(awake, room, "vier");
  await act.hears(anna, room, "vier");
  expect(await act.textsOf(awake, room)).toEqual(["eins", "zwei", "drei", "vier"]);
  expect((await awake.client.rooms())[0]?.draft).toBe("angefangen");
  expect(await warningsOf(awake, room)).toEqual([]);
  expect(here.bugs).toEqual([]);
});

/** A disk that dies with its device: after so many writes nothing reaches it any more, ever. */
function dyingStorage(inner: Storage, writes: number) {
  const life = { writesLeft: writes, died: false };
  const storage: Storage = {
    ...inner,
    async write(changes, durability) {
      if (life.writesLeft <= 0) {
        life.died = true;
        throw new Error("the device is off");
      }
      life.writesLeft -= 1;
      await inner.write(changes, durability);
    },
  };
  return { storage, life };
}

test("a device that dies at any write while sending and receiving goes on: nothing lost, nothing doubled (F7)", async () => {
  const anna = await here.join("Anna");
  const records = createMemoryStorage();
  let bernd = await here.join("Bernd", { storage: records });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Anfang");
  await act.hears(bernd, room, "Anfang");

  const expected = ["Anfang"];
  for (let writes = 0; writes < 16; writes += 1) {
    await here.sleep(bernd);
    const { storage, life } = dyingStorage(records, writes);
    bernd = await here.restart(bernd, { storage });
    // The opening writes, too.
    await bernd.client.open(bernd.pin);
    // Written down means promised: what failed to be stored was never promised.
    const mine = await bernd.client.sendText(room, `von Bernd ${writes}`).catch(() => undefined);
    if (mine?.ok) expected.push(`von Bernd ${writes}`);
    await act.say(anna, room, `von Anna ${writes}`);
    expected.push(`von Anna ${writes}`);
    await act.isSent(anna, room, `von Anna ${writes}`);
    await until(bernd.client, "Bernd's device is off, or has done all it had to", async () => {
      const texts = await act.textsOf(bernd, room);
      return life.died || texts.length === expected.length;
    });
    await here.sleep(bernd);
    life.writesLeft = 0;
    bernd = await here.wake(bernd, { storage: records });
    await act.hears(bernd, room, `von Anna ${writes}`);
    for (const text of expected) await act.hears(anna, room, text);
  }
  for (const officer of [anna, bernd]) {
    const texts = await act.textsOf(officer, room);
    expect([...texts].sort()).toEqual([...expected].sort());
    expect(await warningsOf(officer, room)).toEqual([]);
  }
  expect(await act.textsOf(bernd, room)).toEqual(await act.textsOf(anna, room));
});

test("a device that dies at any write while members change stays in the room and sees who is in it (F7)", async () => {
  const anna = await here.join("Anna");
  const clara = await here.join("Clara");
  const records = createMemoryStorage();
  let bernd = await here.join("Bernd", { storage: records });
  await act.knows(anna, clara);
  const room = await act.openGroup(anna, "Lage", [bernd]);
  const namesFor = async (officer: Officer) =>
    ((await officer.client.room(room))?.members ?? [])
      .filter(({ state }) => state === "member")
      .map(({ displayName }) => displayName)
      .sort()
      .join();
  const seesMembers = (officer: Officer, names: string) =>
    until(officer.client, `${officer.name} sees ${names}`, async () => (await namesFor(officer)) === names);

  for (let writes = 0; writes < 10; writes += 1) {
    const isAdding = writes % 2 === 0;
    const names = isAdding ? "Anna,Bernd,Clara" : "Anna,Bernd";
    await here.sleep(bernd);
    const { storage, life } = dyingStorage(records, writes);
    bernd = await here.restart(bernd, { storage });
    // The opening writes, too.
    await bernd.client.open(bernd.pin);
    if (isAdding) await anna.client.addPeople(room, [clara.me.userId]);
    else await anna.client.removePerson(room, clara.me.userId);
    await seesMembers(anna, names);
    await until(bernd.client, "Bernd's device is off, or has seen the change", async () => {
      return life.died || (await namesFor(bernd)) === names;
    });
    await here.sleep(bernd);
    life.writesLeft = 0;
    bernd = await here.wake(bernd, { storage: records });
    await seesMembers(bernd, names);
    await act.say(anna, room, `Runde ${writes}`);
    await act.hears(bernd, room, `Runde ${writes}`);
    await act.say(bernd, room, `verstanden ${writes}`);
    await act.hears(anna, room, `verstanden ${writes}`);
  }
  expect(await warningsOf(bernd, room)).toEqual([]);
  expect(await warningsOf(anna, room)).toEqual([]);
});

/** A disk that is full from a moment on. */
function fillingStorage() {
  const full = { now: false, refused: 0 };
  const inner = createMemoryStorage();
  const storage: Storage = {
    ...inner,
    async write(changes, durability) {
      if (full.now) {
        full.refused += 1;
        throw new StoreFull();
      }
      await inner.write(changes, durability);
    },
  };
  return { full, storage };
}

test("an order to lock closes a device without space, too", async () => {
  const { full, storage } = fillingStorage();
  const anna = await here.join("Anna", { storage });
  await act.isOnline(anna);
  full.now = true;
  const order = await signOrder(here.organisation, "lock", { deviceId: act.deviceIdOf(anna), sequence: 1 });
  await here.publish(routes.postOrder, { kind: "lock", order });
  await until(anna.client, "it is closed", async () => (await anna.client.state()).state !== "ready");
  expect(await anna.client.rooms()).toEqual([]);
  expect(await anna.client.open(anna.pin)).toMatchObject({ ok: false });
});

test("a device without space says so, loses nothing, and goes on when there is space again", async () => {
  const { full, storage } = fillingStorage();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { storage, clock: fastClock(20) });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  full.now = true;
  expect(await bernd.client.sendText(room, "passt nicht")).toEqual({
    ok: false,
    code: "device-storage-full",
  });
  await act.say(anna, room, "zwei");
  await act.isSent(anna, room, "zwei");
  const dora = await here.join("Dora");
  await until(bernd.client, "several things could not be stored", async () => full.refused > 3);
  // What the server says of the rules has no place either.
  const before = full.refused;
  await here.publish(routes.postPolicy, await signPolicy(here.organisation, { version: 1 }));
  await until(bernd.client, "the rules could not be stored", async () => full.refused > before);
  expect(await bernd.client.state()).toMatchObject({ state: "ready" });
  full.now = false;
  await act.hears(bernd, room, "zwei");
  await act.knows(bernd, dora);
  await act.say(bernd, room, "drei");
  await act.hears(anna, room, "drei");
  expect(await act.textsOf(anna, room)).toEqual(["eins", "zwei", "drei"]);
  expect(await warningsOf(bernd, room)).toEqual([]);
  expect(here.bugs.filter((bug) => !(bug instanceof StoreFull))).toEqual([]);
});

test("a second tab waits until the first is closed, and goes on where that one was", async () => {
  const holders: (() => void)[] = [];
  let held = false;
  const lock = {
    async acquire(_: string, onWaiting: () => void) {
      if (held) {
        onWaiting();
        await new Promise<void>((resolve) => holders.push(resolve));
      }
      held = true;
      return () => {
        held = false;
        holders.shift()?.();
      };
    },
  };
  const anna = await here.join("Anna", { lock });
  const second = await here.restart(anna);
  expect(await second.client.state()).toEqual({ state: "other-tab" });
  expect(await second.client.rooms()).toEqual([]);
  expect(await second.client.open(second.pin)).toMatchObject({ ok: false });
  await here.sleep(anna);
  await until(second.client, "the second tab's turn", async () => {
    return (await second.client.state()).state === "locked";
  });
  expect(await second.client.open(second.pin)).toEqual({ ok: true, value: undefined });
  await act.isOnline(second);
});
