/** Messages go from a device when the policy's time has passed, with all that belonged to them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { systemClock } from "@nimes/client/adapters/system-clock";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Clock } from "@nimes/client/ports/clock";
import { routes } from "@nimes/protocol/routes/routes";
import { openDatabase } from "@nimes/server/sqlite/open-database";
import { sqliteStores } from "@nimes/server/sqlite/sqlite-stores";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostileSockets } from "../network/hostile-server.ts";
import { signPolicy } from "../organisation.ts";
import { everything } from "../stores/store-people.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const hour = 60 * 60_000;
const day = 24 * hour;
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** What is looked for only now and then. */
const sweepEveryMs = 10 * 60_000;

/** A clock whose day can be moved; its delays pass fast. */
function movableClock(): MovableClock {
  let passedMs = 0;
  let leapMs = 0;
  let looks = 0;
  return {
    now: () => systemClock.now() + passedMs + leapMs,
    after(delayMs, callback) {
      if (delayMs !== sweepEveryMs) return systemClock.after(delayMs / 50, callback);
      looks += 1;
      leapMs = 0;
      return systemClock.after(100, callback);
    },
    pass(ms) {
      passedMs += ms;
    },
    leap(ms) {
      leapMs = ms;
    },
    looks: () => looks,
  };
}
type MovableClock = Clock & {
  pass(ms: number): void;
  /** For one look the clock is as far ahead. */
  leap(ms: number): void;
  /** How often all rooms have been looked through. */
  looks(): number;
};
/** A look that began after this was called is over. */
async function looksAgain(clock: MovableClock): Promise<void> {
  const before = clock.looks();
  await expect.poll(clock.looks).toBeGreaterThan(before + 1);
}
const pictures = join(import.meta.dirname, "../../../../apps/pilot/pictures");
async function river(): Promise<Blob> {
  const [jpeg, thumbnail] = await Promise.all(
    ["river.jpg", "river-thumbnail.jpg"].map(async (name) =>
      Uint8Array.from(await readFile(join(pictures, name))),
    ),
  );
  return new SafeJpeg(jpeg ?? new Uint8Array(), thumbnail ?? new Uint8Array());
}

test("after the policy's days a message is gone, with its picture and its preview, and does not come again", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eine Woche lang");
  const sent = await anna.client.sendPicture(room, { file: await river(), caption: "die Leine" });
  if (!sent.ok) throw new Error(sent.code);
  const arrived = await until(bernd.client, "both are there", async () => {
    const messages = await act.messagesOf(bernd, room);
    return messages.length === 2 && messages;
  });
  expect((await bernd.client.picture(room, sent.value)).ok).toBe(true);
  await bernd.client.markRead(room, arrived.at(-1)?.sequence ?? 0);
  const stored = async () => (await bernd.ports.storage.list("pictures", { prefix: [] })).length;
  expect(await stored()).toBe(1);

  clock.pass(6 * day);
  await act.say(anna, room, "heute");
  await act.hears(bernd, room, "heute");
  expect(await act.messagesOf(bernd, room)).toHaveLength(3);
  clock.pass(2 * day);
  await until(bernd.client, "the old ones are gone", async () =>
    (await act.messagesOf(bernd, room)).every(({ body }) => body.kind === "text" && body.text === "heute"),
  );
  expect(await stored()).toBe(0);
  expect((await bernd.client.picture(room, sent.value)).ok).toBe(false);
});

test("what nobody has seen yet is kept until the server would not keep it either", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "noch nicht gelesen");
  await act.hears(bernd, room, "noch nicht gelesen");
  clock.pass(20 * day);
  await act.say(bernd, room, "eigene Nachricht");
  await act.isSent(bernd, room, "eigene Nachricht");
  const roomOf = async () => (await bernd.client.rooms()).find(({ roomId }) => roomId === room);
  clock.pass(8 * day);
  // The own one has been seen by its sender, so it goes first.
  await until(
    bernd.client,
    "the own one is gone",
    async () => (await act.messagesOf(bernd, room)).length === 1,
  );
  expect(await act.textsOf(bernd, room)).toEqual(["noch nicht gelesen"]);
  expect((await roomOf())?.unread).toBe(1);
  clock.pass(3 * day);
  await act.noticed(bernd, room, { type: "expired", count: 1, sender: "Anna" });
  expect(await act.textsOf(bernd, room)).toEqual([]);
  await act.say(anna, room, "Nachfrage");
  await act.hears(bernd, room, "Nachfrage");
  expect((await roomOf())?.unread).toBe(1);
  // What ends later is added to the line, as long as nobody has seen it.
  clock.pass(31 * day);
  await act.noticed(bernd, room, { type: "expired", count: 2, sender: "Anna" });
  expect((await act.noticesOf(bernd, room)).filter(({ type }) => type === "expired")).toHaveLength(1);
  expect(await roomOf()).toMatchObject({ unread: 0 });
  expect((await roomOf())?.last).toBeUndefined();
});

test("who was away for longer than the server remembers who wrote reads on in the same log, and is told (P3, P7)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.hasRoom(bernd, "Anna");
  await here.sleep(bernd);
  await act.say(anna, room, "vor fünf Wochen");
  await act.isSent(anna, room, "vor fünf Wochen");
  const files = {
    rooms: join(here.dataFolder, "nimes.sqlite"),
    authority: join(here.dataFolder, "authority.sqlite"),
  };
  const beside = new Database(files.rooms, { readonly: true });
  const read = beside.prepare("SELECT max(cursor) = max(sequence) FROM members, entries").pluck();
  await expect.poll(() => read.get()).toBe(1);
  beside.close();
  await here.stopServer();
  const stores = sqliteStores(openDatabase(files));
  while ((await stores.roomLog.expire(Date.now() + hour, 10)) > 0);
  expect((await stores.roomLog.read(room, everything)).at(-1)).toMatchObject({ kind: "forgotten" });
  await stores.close();
  await here.startServer();
  const back = await here.wake(bernd, { clock: { ...systemClock, now: () => systemClock.now() + 35 * day } });
  await act.noticed(back, room, { type: "expired", count: 1 });
  await act.say(anna, room, "heute");
  await act.hears(back, room, "heute");
  const notices = (await act.noticesOf(back, room)).map(({ type }) => type);
  for (const alarm of ["withheld", "fork"]) expect(notices).not.toContain(alarm);
});

test("a message that the server dates back to 1970 is there until it was seen (P4, P7)", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", {
    clock,
    sockets: hostileSockets(webSockets, {
      toClient: (frame) =>
        frame.type === "entries"
          ? [{ ...frame, entries: frame.entries.map((entry) => ({ ...entry, time: 1 })) }]
          : [frame],
    }),
  });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Zugriff um vier");
  await act.hears(bernd, room, "Zugriff um vier");
  await looksAgain(clock);
  expect(await act.textsOf(bernd, room)).toEqual(["Zugriff um vier"]);
});

test("a message of an honest phone whose clock stands at 2020 is there until it was seen, and as long as any other", async () => {
  const clock = movableClock();
  // Its battery was empty: the clock was right when it activated.
  let annaNow = systemClock.now;
  const anna = await here.join("Anna", { clock: { ...systemClock, now: () => annaNow() } });
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.hasRoom(bernd, "Anna");
  annaNow = () => Date.UTC(2020, 0, 1);
  await act.say(anna, room, "Zugriff um vier");
  await act.hears(bernd, room, "Zugriff um vier");
  await looksAgain(clock);
  const [message] = await act.messagesOf(bernd, room);
  await bernd.client.markRead(room, message?.sequence ?? 0);
  clock.pass(6 * day);
  await looksAgain(clock);
  expect(await act.textsOf(bernd, room)).toEqual(["Zugriff um vier"]);
});

test("a clock that leaps ten years ahead and comes back within minutes deletes nothing, seen or not (F12)", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Zugriff um vier");
  await act.hears(bernd, room, "Zugriff um vier");
  await act.say(bernd, room, "verstanden");
  await act.isSent(bernd, room, "verstanden");
  for (let leaps = 0; leaps < 3; leaps += 1) {
    clock.leap(3650 * day);
    await looksAgain(clock);
  }
  expect(await act.textsOf(bernd, room)).toEqual(["Zugriff um vier", "verstanden"]);
  expect((await act.noticesOf(bernd, room)).filter(({ type }) => type === "expired")).toEqual([]);
});

test("a shorter time of a new policy holds for what is there", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna", { clock });
  const group = await anna.client.createGroup({ name: "Lage", userIds: [] });
  if (!group.ok) throw new Error(group.code);
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "ein Tag");
  await act.isSent(anna, room, "ein Tag");
  clock.pass(2 * day);
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { messageLifetimeMs: day } }),
  );
  await until(anna.client, "gone", async () => (await act.messagesOf(anna, room)).length === 0);
});
