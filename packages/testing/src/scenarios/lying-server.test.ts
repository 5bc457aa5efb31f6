/** A server that drops, swaps, doubles, changes and forks what devices wrote: it is noticed, and the room works on. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Notice } from "@nimes/client/nimes-client";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { hostileSockets, type Lies, retoldLog, toldWrongly } from "../network/hostile-server.ts";
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
  expect(here.bugs).toEqual([]);
});

const joinBehind = (name: string, lies: Lies): Promise<Officer> =>
  here.join(name, { sockets: hostileSockets(webSockets, lies) });

/** Warnings in a room: everything but who came and went. */
const warningsOf = async (officer: Officer, roomId: RoomId): Promise<Notice[]> =>
  (await act.noticesOf(officer, roomId)).filter(
    ({ type }) => !["founded", "added", "removed"].includes(type),
  );

async function groupOf(owner: Officer, others: Officer[]): Promise<RoomId> {
  for (const other of others) await act.knows(owner, other);
  const group = await owner.client.createGroup({ name: "Lage", userIds: others.map(({ me }) => me.userId) });
  if (!group.ok) throw new Error(group.code);
  for (const other of others) await act.hasRoom(other, "Lage");
  return group.value;
}

/** Counts the application entries of one sender, from 1. */
function messagesOf(isSender: (entry: FullEntry) => boolean) {
  let count = 0;
  return (entry: FullEntry): number => {
    if (entry.kind === "application" && isSender(entry)) count += 1;
    return count;
  };
}

test("a dropped message is noticed at the sender's next one (M13)", async () => {
  const anna = await here.join("Anna");
  const number = messagesOf(() => true);
  const bernd = await joinBehind(
    "Bernd",
    retoldLog((entry) => (number(entry) === 2 ? [] : [entry])),
  );
  const room = await act.openDirect(anna, bernd);
  for (const text of ["eins", "zwei", "drei"]) await act.say(anna, room, text);
  await act.hears(bernd, room, "drei");
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "drei"]);
  expect(await warningsOf(bernd, room)).toContainEqual({ type: "loss", sender: "Anna", count: 1 });
});

test("an own message that the log shows twice in one breath stands there once (P2)", async () => {
  const number = messagesOf(() => true);
  const anna = await joinBehind(
    "Anna",
    retoldLog((entry) => (number(entry) === 1 ? [entry, entry] : [entry])),
  );
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.say(bernd, room, "zwei");
  await act.hears(anna, room, "zwei");
  expect(await act.textsOf(anna, room)).toEqual(["eins", "zwei"]);
});

test("two swapped messages are shown and noticed (M13)", async () => {
  const anna = await here.join("Anna");
  const number = messagesOf(() => true);
  let held: FullEntry | undefined;
  const swap = retoldLog((entry) => {
    if (number(entry) === 2) {
      held = entry;
      return [];
    }
    if (!held || entry.kind !== "application") return [entry];
    const first = held;
    held = undefined;
    return [entry, first];
  });
  const bernd = await joinBehind("Bernd", swap);
  const room = await act.openDirect(anna, bernd);
  for (const text of ["eins", "zwei", "drei"]) {
    await act.say(anna, room, text);
    await act.isSent(anna, room, text);
  }
  await act.hears(bernd, room, "zwei");
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "drei", "zwei"]);
  const warnings = await warningsOf(bernd, room);
  expect(warnings).toContainEqual({ type: "loss", sender: "Anna", count: 1 });
  expect(warnings).toContainEqual({ type: "fork", sender: "Anna" });
});

test("two devices that are shown different logs notice it at the next message (M13)", async () => {
  const anna = await here.join("Anna");
  const number = messagesOf(() => true);
  // Entry 1 is the room's name, then Anna's word, which Bernd is not to see.
  const bernd = await joinBehind(
    "Bernd",
    retoldLog((entry) => (number(entry) === 2 ? [] : [entry])),
  );
  const clara = await here.join("Clara");
  const room = await groupOf(anna, [bernd, clara]);
  await act.say(anna, room, "nur für Clara");
  await act.hears(clara, room, "nur für Clara");
  await act.say(clara, room, "verstanden");
  await act.hears(bernd, room, "verstanden");
  expect(await warningsOf(bernd, room)).toEqual([{ type: "fork", sender: "Clara" }]);
  // Said once, not with every message from then on.
  await act.say(clara, room, "noch etwas");
  await act.hears(bernd, room, "noch etwas");
  expect(await warningsOf(bernd, room)).toEqual([{ type: "fork", sender: "Clara" }]);
  expect(await warningsOf(clara, room)).toEqual([]);
});

test("a server that accepts a message and shows another entry in its place is caught (P4)", async () => {
  let lying = false;
  const anna = await joinBehind("Anna", {
    swallow: (frame) => {
      if (!lying || frame.type !== "submit") return undefined;
      const { submissionId, roomId } = frame;
      return [{ type: "accepted", submissionId, roomId, sequence: 4, time: Date.now() }];
    },
  });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "kommt an");
  await act.hears(bernd, room, "kommt an");
  lying = true;
  await act.say(anna, room, "wird unterschlagen");
  await act.isSent(anna, room, "wird unterschlagen");
  await act.say(bernd, room, "Antwort");
  await act.hears(anna, room, "Antwort");
  // Compared behind what is shown.
  await expect.poll(() => warningsOf(anna, room)).toContainEqual({ type: "fork" });
});

test("a replayed message is shown once and is no loss (M6)", async () => {
  const anna = await here.join("Anna");
  const bernd = await joinBehind(
    "Bernd",
    retoldLog((entry) => (entry.kind === "application" ? [entry, entry] : [entry])),
  );
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.say(anna, room, "zwei");
  await act.hears(bernd, room, "zwei");
  await until(bernd.client, "the replay has been applied", async () => bernd.acknowledged(room) >= 6);
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei"]);
  expect((await warningsOf(bernd, room)).filter(({ type }) => type === "loss")).toEqual([]);
});

const garblings: [how: string, garble: (bytes: Uint8Array) => Uint8Array][] = [
  ["garbage", (bytes) => crypto.getRandomValues(new Uint8Array(bytes.byteLength))],
  ["cut", (bytes) => bytes.slice(0, bytes.byteLength >> 1)],
  [
    "a byte flipped",
    (bytes) => bytes.map((byte, index) => (index === bytes.byteLength - 9 ? byte ^ 1 : byte)),
  ],
  ["one byte", () => Uint8Array.of(0)],
];
test.for(garblings)(
  "a message that comes as %s is said not to open, and the room works (M9)",
  async ([, garble]) => {
    const anna = await here.join("Anna");
    const number = messagesOf(() => true);
    const bernd = await joinBehind(
      "Bernd",
      retoldLog((entry) => [number(entry) === 1 ? { ...entry, bytes: garble(entry.bytes) } : entry]),
    );
    const room = await act.openDirect(anna, bernd);
    await act.say(anna, room, "verstümmelt");
    await act.say(anna, room, "heil");
    await act.hears(bernd, room, "heil");
    expect(await act.textsOf(bernd, room)).toEqual(["heil"]);
    expect(await warningsOf(bernd, room)).toContainEqual({ type: "unopened" });
    await act.say(bernd, room, "kam etwas kaputt an");
    await act.hears(anna, room, "kam etwas kaputt an");
  },
);

test("a commit that comes garbled is refused with a notice, and the room can still be read (M9)", async () => {
  const anna = await here.join("Anna");
  let garbled = false;
  const bernd = await joinBehind(
    "Bernd",
    retoldLog((entry) => {
      if (entry.kind !== "commit") return [entry];
      garbled = true;
      return [{ ...entry, bytes: entry.bytes.slice(0, 40) }];
    }),
  );
  const room = await groupOf(anna, [bernd]);
  const clara = await here.join("Clara");
  await act.knows(anna, clara);
  await act.say(anna, room, "vorher");
  await act.hears(bernd, room, "vorher");
  await anna.client.addPeople(room, [clara.me.userId]);
  await until(bernd.client, "Bernd is warned", async () =>
    (await warningsOf(bernd, room)).some(({ type }) => type === "refused"),
  );
  expect(garbled).toBe(true);
  expect(await act.textsOf(bernd, room)).toEqual(["vorher"]);
});

test("a log that is told wrongly for a moment is asked for again: nothing is lost and nobody is alarmed (P4)", async () => {
  const anna = await here.join("Anna");
  const lies: ((entry: FullEntry) => Entry)[] = [
    (entry) => ({ ...entry, bytes: entry.bytes.slice(0, 40) }),
    (entry) => ({ ...entry, kind: "leave" }),
    ({ bytes: _, kind: __, ...entry }) => ({ ...entry, kind: "expired", digest: new Uint8Array(32) }),
    (entry) => ({ ...entry, kind: "commit", devices: [] }),
    (entry) => ({ ...entry, bytes: entry.bytes.map((byte, at) => (at === 200 ? byte ^ 1 : byte)) }),
  ];
  const told = new Set<number>();
  const bernd = await here.join("Bernd", {
    clock: fastClock(10),
    sockets: hostileSockets(
      webSockets,
      toldWrongly((entry) => {
        if (entry.kind !== "application" || told.has(entry.sequence)) return entry;
        told.add(entry.sequence);
        return lies.shift()?.(entry) ?? entry;
      }),
    ),
  });
  const room = await groupOf(anna, [bernd]);
  for (const word of ["eins", "zwei", "drei", "vier", "fünf"]) {
    await act.say(anna, room, word);
    await act.hears(bernd, room, word);
  }
  expect(lies).toEqual([]);
  expect(await warningsOf(bernd, room)).toEqual([]);
});

test("a founder whose log begins with something else asks again until the founding is there (P1)", async () => {
  const lies = ["commit", "leave"] as const;
  let told = 0;
  const anna = await here.join("Anna", {
    clock: fastClock(10),
    sockets: hostileSockets(
      webSockets,
      toldWrongly((entry) => {
        const kind = entry.sequence === 1 ? lies[told++] : undefined;
        return kind ? { ...entry, kind, devices: [] } : entry;
      }),
    ),
  });
  const bernd = await here.join("Bernd");
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  expect(told).toBeGreaterThan(lies.length);
});

test("a Welcome that came spoilt is not given up with the next one that came whole (P1)", async () => {
  const anna = await here.join("Anna");
  let spoilt = 0;
  const bernd = await here.join("Bernd", {
    clock: fastClock(10),
    sockets: hostileSockets(webSockets, {
      toClient(frame) {
        if (frame.type !== "inbox" || spoilt > 0) return [frame];
        spoilt += 1;
        return [{ ...frame, items: frame.items.map((item) => ({ ...item, welcome: new Uint8Array(80) })) }];
      },
    }),
  });
  await act.knows(anna, bernd);
  const group = async (name: string): Promise<RoomId> => {
    const made = await anna.client.createGroup({ name, userIds: [bernd.me.userId] });
    if (!made.ok) throw new Error(made.code);
    return made.value;
  };
  const rooms = [await group("Eins"), await group("Zwei")];
  for (const room of rooms) await act.say(anna, room, "alle da?");
  for (const room of rooms.toReversed()) await act.hears(bernd, room, "alle da?");
  expect(spoilt).toBe(1);
});

test("entries that never come are asked for again from the cursor on", async () => {
  const anna = await here.join("Anna");
  let dropped = 0;
  const bernd = await here.join("Bernd", {
    clock: fastClock(10),
    sockets: hostileSockets(webSockets, {
      toClient: (frame) => {
        const isFirst = frame.type === "entries" && frame.entries.some(({ kind }) => kind === "application");
        if (!isFirst || dropped > 0) return [frame];
        dropped += 1;
        return [];
      },
    }),
  });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.isSent(anna, room, "eins");
  await act.say(anna, room, "zwei");
  await act.hears(bernd, room, "zwei");
  expect(dropped).toBe(1);
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "zwei"]);
  expect(await warningsOf(bernd, room)).toEqual([]);
});

test("a Welcome that comes twice, or is garbage, does no harm", async () => {
  const anna = await here.join("Anna");
  let told = 0;
  const bernd = await joinBehind("Bernd", {
    toClient: (frame) => {
      if (frame.type !== "inbox") return [frame];
      told += 1;
      const [item] = frame.items;
      if (!item) return [frame];
      const garbage = { ...item, sequence: item.sequence + 1, welcome: new Uint8Array(300).fill(7) };
      const again = { ...item, sequence: item.sequence + 2 };
      return [frame, { ...frame, items: [garbage, again] }];
    },
  });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.say(bernd, room, "zwei");
  await act.hears(anna, room, "zwei");
  expect(told).toBeGreaterThan(0);
  expect(await bernd.client.rooms()).toHaveLength(1);
  expect(await warningsOf(bernd, room)).toEqual([]);
});

test("a message refused for good stays with its reason, holds up nothing, and can be tried again or deleted", async () => {
  const refusing = { now: false };
  const anna = await joinBehind("Anna", {
    swallow: (frame) => {
      if (!refusing.now || frame.type !== "submit") return undefined;
      const { submissionId, roomId } = frame;
      return [{ type: "refused", submissionId, roomId, code: "too-large" }];
    },
  });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  refusing.now = true;
  for (const text of ["zwei", "drei"]) await act.say(anna, room, text);
  await until(anna.client, "both are wedged", async () => {
    const deliveries = (await act.messagesOf(anna, room)).map(({ delivery }) => delivery);
    return deliveries.filter((one) => one?.state === "wedged" && one.reason === "too-large").length === 2;
  });
  refusing.now = false;
  await act.say(anna, room, "vier");
  await act.hears(bernd, room, "vier");
  const messages = await act.messagesOf(anna, room);
  const idOf = (text: string) =>
    messages.find(({ body }) => body.kind === "text" && body.text === text)?.messageId;
  const [second, third] = [idOf("zwei"), idOf("drei")];
  if (!second || !third) throw new Error("wedged messages stay in the timeline");
  await anna.client.retry(room, second);
  await act.hears(bernd, room, "zwei");
  expect(await anna.client.discard(room, third)).toEqual({ ok: true, value: undefined });
  expect(await act.textsOf(anna, room)).toEqual(["eins", "vier", "zwei"]);
  expect(await act.textsOf(bernd, room)).toEqual(["eins", "vier", "zwei"]);
  // A message that was never accepted is none that was lost.
  expect(await warningsOf(bernd, room)).toEqual([]);
});

test("a connection that is only half open is noticed and made anew", async () => {
  const silent = { now: false };
  const anna = await here.join("Anna", {
    clock: fastClock(20),
    sockets: hostileSockets(webSockets, { toClient: (frame) => (silent.now ? [] : [frame]) }),
  });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  silent.now = true;
  await act.say(bernd, room, "geht ins Leere");
  await until(anna.client, "Anna notices", async () => {
    const state = await anna.client.state();
    return state.state === "ready" && state.connection.state !== "online";
  });
  silent.now = false;
  await act.hears(anna, room, "geht ins Leere");
});
