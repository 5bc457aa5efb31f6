/** What people do all day: write to each other, alone and in groups, online and away. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFaultyNetwork, noFaults } from "../network/faulty-sockets.ts";
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

const pendingIn = async (officer: Officer, roomId: RoomId): Promise<string[]> => {
  const room = await officer.client.room(roomId);
  return (room?.members ?? [])
    .filter(({ state }) => state === "pending")
    .map(({ displayName }) => displayName);
};

const isMember = (officer: Officer, roomId: RoomId, name: string) =>
  until(officer.client, `${name} is a member for ${officer.name}`, async () => {
    const room = await officer.client.room(roomId);
    return room?.members.some(({ displayName, state }) => displayName === name && state === "member");
  });

async function groupOf(owner: Officer, others: Officer[], name = "Streife 12"): Promise<RoomId> {
  for (const other of others) await act.knows(owner, other);
  const group = await owner.client.createGroup({ name, userIds: others.map(({ me }) => me.userId) });
  if (!group.ok) throw new Error(group.code);
  return group.value;
}

test("text goes both ways and is ticked as delivered", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Guten Morgen");
  expect(await act.hasRoom(bernd, "Anna")).toBe(room);
  await act.hears(bernd, room, "Guten Morgen");
  await act.say(bernd, room, "Moin");
  await act.hears(anna, room, "Moin");
  await act.isDelivered(anna, room, "Guten Morgen");
  await act.isDelivered(bernd, room, "Moin");
  expect(await act.textsOf(anna, room)).toEqual(["Guten Morgen", "Moin"]);
  expect(await act.textsOf(bernd, room)).toEqual(["Guten Morgen", "Moin"]);
});

test("what is written while offline goes out when the network is back, in order", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await here.sleep(bernd);
  for (const text of ["zwei", "drei", "vier"]) await act.say(anna, room, text);
  const awake = await here.wake(bernd);
  await act.hears(awake, room, "vier");
  expect(await act.textsOf(awake, room)).toEqual(["eins", "zwei", "drei", "vier"]);
  expect((await awake.client.rooms())[0]?.unread).toBe(4);
});

test("a message that was written without network survives a restart and goes out then", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await here.sleep(anna);
  const dead = {
    open: (_: string, events: { closed(): void }) => ({ send() {}, close: () => events.closed() }),
  };
  const offline = await here.wake(anna, { sockets: dead });
  await act.say(offline, room, "ohne Netz");
  expect((await act.messagesOf(offline, room)).at(-1)?.delivery).toEqual({ state: "waiting" });
  await here.sleep(offline);
  const online = await here.wake(offline, { sockets: webSockets });
  await act.hears(bernd, room, "ohne Netz");
  await act.isDelivered(online, room, "ohne Netz");
});

test("a group has its name for everybody, and everybody reads everybody", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const clara = await here.join("Clara");
  const room = await groupOf(anna, [bernd, clara]);
  await act.say(anna, room, "Treffpunkt Wache");
  for (const officer of [bernd, clara]) {
    expect(await act.hasRoom(officer, "Streife 12")).toBe(room);
    await act.hears(officer, room, "Treffpunkt Wache");
  }
  await act.say(clara, room, "Verstanden");
  await act.hears(anna, room, "Verstanden");
  await act.hears(bernd, room, "Verstanden");
  expect(await act.noticesOf(anna, room)).toEqual([
    { type: "founded", by: "Anna" },
    { type: "added", by: "Anna", people: expect.arrayContaining(["Bernd", "Clara"]) },
  ]);
});

test("who has no device yet is pending, can be written to, and reads it once activated", async () => {
  const anna = await here.join("Anna");
  const letter = await here.enrol("Bernd");
  const bernd = await until(anna.client, "Anna knows Bernd", async () =>
    (await anna.client.directory()).people.find(({ userId }) => userId === letter.userId),
  );
  expect(bernd.reachable).toBe(false);
  const opened = await anna.client.openDirectRoom(bernd.userId);
  if (!opened.ok) throw new Error(opened.code);
  await act.say(anna, opened.value, "Willkommen");
  expect(await pendingIn(anna, opened.value)).toEqual(["Bernd"]);
  expect((await act.messagesOf(anna, opened.value))[0]?.delivery).toEqual({ state: "waiting" });

  const joined = await here.join("Bernd", {}, letter);
  await act.hears(joined, opened.value, "Willkommen");
  await act.isDelivered(anna, opened.value, "Willkommen");
});

test("who is away is added while away", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const clara = await here.join("Clara");
  // Whoever has been written to has key packages at the server.
  const direct = await act.openDirect(bernd, clara);
  await act.say(bernd, direct, "bis morgen");
  await act.hears(clara, direct, "bis morgen");
  await here.sleep(clara);
  const room = await groupOf(anna, [bernd, clara]);
  await act.say(anna, room, "Lage um acht");
  await act.hears(bernd, room, "Lage um acht");
  const awake = await here.wake(clara);
  await act.hears(awake, room, "Lage um acht");
});

test("who was removed reads what was, and nothing after it (M10)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const clara = await here.join("Clara");
  const room = await groupOf(anna, [bernd, clara]);
  await act.say(anna, room, "für alle");
  await act.hears(clara, room, "für alle");
  expect(await anna.client.removePerson(room, clara.me.userId)).toEqual({ ok: true, value: undefined });
  await until(clara.client, "Clara is told", async () =>
    (await act.noticesOf(clara, room)).some(({ type }) => type === "removed-you"),
  );
  await act.say(anna, room, "ohne Clara");
  await act.hears(bernd, room, "ohne Clara");
  expect(await act.textsOf(clara, room)).toEqual(["für alle"]);
  expect((await clara.client.room(room))?.writable).toBe(false);
  expect(await clara.client.sendText(room, "hallo?")).toEqual({ ok: false, code: "not-a-member" });
});

test("who comes back into a group writes and reads again, and counters start anew", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await groupOf(anna, [bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.say(bernd, room, "zwei");
  await act.hears(anna, room, "zwei");
  await anna.client.removePerson(room, bernd.me.userId);
  await until(bernd.client, "Bernd is out", async () => !(await bernd.client.room(room))?.writable);
  await anna.client.addPeople(room, [bernd.me.userId]);
  await until(bernd.client, "Bernd is back", async () => (await bernd.client.room(room))?.writable);
  await act.say(bernd, room, "wieder da");
  await act.hears(anna, room, "wieder da");
  expect((await act.noticesOf(anna, room)).filter(({ type }) => type === "loss" || type === "fork")).toEqual(
    [],
  );
});

test("two who open a room with each other at once end up in one, with all that was written", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  await Promise.all([act.knows(anna, bernd), act.knows(bernd, anna)]);
  const [annas, bernds] = await Promise.all([act.openDirect(anna, bernd), act.openDirect(bernd, anna)]);
  await Promise.all([act.say(anna, annas, "von Anna"), act.say(bernd, bernds, "von Bernd")]);
  await act.hears(anna, annas, "von Bernd");
  await act.hears(bernd, bernds, "von Anna");
  for (const officer of [anna, bernd]) expect(await officer.client.rooms()).toHaveLength(1);
});

test("connections that break again and again lose nothing and double nothing (P1, P2)", async () => {
  const network = createFaultyNetwork(webSockets, noFaults);
  const anna = await here.join("Anna", { sockets: network.sockets });
  const bernd = await here.join("Bernd", { sockets: network.sockets });
  const room = await act.openDirect(anna, bernd);
  const texts = Array.from({ length: 30 }, (_, index) => `Meldung ${index}`);
  for (const [index, text] of texts.entries()) {
    await act.say(anna, room, text);
    if (index % 7 === 3) {
      network.cut();
      await anna.client.reconnect();
      await bernd.client.reconnect();
    }
  }
  await act.hears(bernd, room, "Meldung 29");
  await act.hears(anna, room, "Meldung 29");
  expect(await act.textsOf(bernd, room)).toEqual(texts);
  expect(await act.textsOf(anna, room)).toEqual(texts);
  expect((await act.noticesOf(bernd, room)).filter(({ type }) => type !== "added")).toEqual([]);
});

test("a conversation goes on where it was after the server has been restarted", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "davor");
  await act.hears(bernd, room, "davor");
  await here.stopServer();
  await act.say(anna, room, "währenddessen");
  await act.say(bernd, room, "ebenfalls");
  await here.startServer();
  await anna.client.reconnect();
  await bernd.client.reconnect();
  await act.hears(bernd, room, "währenddessen");
  await act.hears(anna, room, "ebenfalls");
  await act.isDelivered(anna, room, "währenddessen");
  expect(await act.textsOf(anna, room)).toEqual(await act.textsOf(bernd, room));
});

test("pages of a long timeline are complete and in order, and reading counts down", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  const texts = Array.from({ length: 25 }, (_, index) => `Nummer ${index}`);
  for (const text of texts) await act.say(anna, room, text);
  await act.hears(bernd, room, "Nummer 24");

  const first = await bernd.client.timeline(room, { limit: 10 });
  expect(first.hasOlder).toBe(true);
  const seen = [...first.items];
  let { hasOlder } = first;
  while (hasOlder) {
    const [oldest] = seen;
    if (!oldest) break;
    const before = oldest.kind === "message" ? oldest.messageId : oldest.id;
    const page = await bernd.client.timeline(room, { before, limit: 10 });
    seen.unshift(...page.items);
    hasOlder = page.hasOlder;
  }
  const read = seen.flatMap((item) =>
    item.kind === "message" && item.body.kind === "text" ? [item.body.text] : [],
  );
  expect(read).toEqual(texts);

  const messages = await act.messagesOf(bernd, room);
  expect(first.firstUnread).toBe(messages[0]?.messageId);
  await bernd.client.markRead(room, messages[19]?.sequence ?? 0);
  expect((await bernd.client.rooms())[0]?.unread).toBe(5);
  expect((await bernd.client.timeline(room, { limit: 5 })).firstUnread).toBe(messages[20]?.messageId);
});

test("somebody added later is told the name and reads from then on", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await groupOf(anna, [bernd]);
  await act.say(anna, room, "vorher");
  await act.hears(bernd, room, "vorher");
  const clara = await here.join("Clara");
  await act.knows(anna, clara);
  await anna.client.addPeople(room, [clara.me.userId]);
  expect(await act.hasRoom(clara, "Streife 12")).toBe(room);
  await isMember(bernd, room, "Clara");
  await act.say(bernd, room, "nachher");
  await act.hears(clara, room, "nachher");
  expect(await act.textsOf(clara, room)).toEqual(["nachher"]);
});

test("groups founded at the same moment take a key package each, and everybody gets into all of them", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  await act.knows(anna, bernd);
  const names = Array.from({ length: 12 }, (_, index) => `Streife ${index + 1}`);
  const founded = await Promise.all(names.map((name) => groupOf(anna, [bernd], name)));
  for (const [index, roomId] of founded.entries()) await act.say(anna, roomId, `Lage ${index + 1}`);
  for (const [index, name] of names.entries())
    await act.hears(bernd, await act.hasRoom(bernd, name), `Lage ${index + 1}`);
});
