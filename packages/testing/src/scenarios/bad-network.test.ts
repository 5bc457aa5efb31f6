/** Lost answers, commits that race, a network that loses and reorders: nothing lost, nothing doubled, one order. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { NimesClient } from "@nimes/client/nimes-client";
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { createFaultyNetwork, noFaults, seededRandom } from "../network/faulty-sockets.ts";
import { hostileSockets } from "../network/hostile-server.ts";
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

type Group = Parameters<NimesClient["createGroup"]>[0];
async function groupOf(owner: Officer, others: Officer[], group: Partial<Group> = {}): Promise<RoomId> {
  for (const other of others) await act.knows(owner, other);
  const userIds = others.map(({ me }) => me.userId);
  const made = await owner.client.createGroup({ name: "Lage", userIds, ...group });
  if (!made.ok) throw new Error(made.code);
  for (const other of others) await act.hasRoom(other, "Lage");
  return made.value;
}
const memberNames = async (officer: Officer, roomId: RoomId): Promise<string[]> =>
  ((await officer.client.room(roomId))?.members ?? [])
    .filter(({ state }) => state === "member")
    .map(({ displayName }) => displayName)
    .sort();
const hasMembers = (officer: Officer, roomId: RoomId, names: string[]) =>
  until(officer.client, `${officer.name} sees ${names.join(", ")}`, async () => {
    const found = await memberNames(officer, roomId);
    return found.join() === names.join();
  });
const warningsOf = async (officer: Officer, roomId: RoomId) =>
  (await act.noticesOf(officer, roomId)).filter(
    ({ type }) => !["founded", "added", "removed"].includes(type),
  );

test("two members who add somebody at once both succeed; the loser rebases unseen (M7, P5)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const [clara, dora] = [await here.join("Clara"), await here.join("Dora")];
  const room = await groupOf(anna, [bernd], { moderators: [bernd.me.userId] });
  await Promise.all([act.knows(bernd, dora), act.knows(anna, clara)]);
  await Promise.all([
    anna.client.addPeople(room, [clara.me.userId]),
    bernd.client.addPeople(room, [dora.me.userId]),
  ]);
  const everybody = ["Anna", "Bernd", "Clara", "Dora"];
  for (const officer of [anna, bernd, clara, dora]) await hasMembers(officer, room, everybody);
  for (const officer of [anna, bernd, clara, dora]) {
    await act.say(officer, room, `hier ${officer.name}`);
    for (const other of [anna, bernd, clara, dora]) await act.hears(other, room, `hier ${officer.name}`);
  }
  expect(await warningsOf(clara, room)).toEqual([]);
});

test("a commit whose answer is lost goes again with the same bytes and id, and forks nothing (F8, P6)", async () => {
  const commits: SubmitFrame[] = [];
  let losing = true;
  const network = createFaultyNetwork(
    hostileSockets(webSockets, {
      swallow: (frame) => {
        if (frame.type === "submit" && frame.submission.kind === "commit") commits.push(frame);
        return undefined;
      },
      toClient: (frame) => {
        const tells = frame.type === "accepted" || (frame.type === "entries" && commits.length > 0);
        if (!losing || commits.length === 0 || !tells) return [frame];
        // The server has taken the commit; neither its answer nor the entry arrives, and the line is dead.
        losing = false;
        queueMicrotask(network.cut);
        return [];
      },
    }),
    noFaults,
  );
  const anna = await here.join("Anna", { sockets: network.sockets, clock: fastClock(20) });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "trotzdem");
  await act.hears(bernd, room, "trotzdem");
  await act.say(bernd, room, "angekommen");
  await act.hears(anna, room, "angekommen");
  expect(losing).toBe(false);
  expect(commits.length).toBeGreaterThanOrEqual(2);
  expect(new Set(commits.map(({ submissionId }) => submissionId)).size).toBe(1);
  expect(commits[1]?.submission).toEqual(commits[0]?.submission);
  expect(await warningsOf(bernd, room)).toEqual([]);
});

test("messages under way when the members change arrive all the same (P5, P6)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await groupOf(anna, [bernd]);
  const others: Officer[] = [];
  for (const name of ["Clara", "Dora", "Emil"]) others.push(await here.join(name));
  for (const other of others) await act.knows(anna, other);
  const texts: string[] = [];
  for (const [index, other] of others.entries()) {
    for (let count = 0; count < 5; count += 1) {
      const text = `${index}-${count}`;
      texts.push(text);
      await act.say(bernd, room, text);
    }
    await anna.client.addPeople(room, [other.me.userId]);
  }
  await hasMembers(bernd, room, ["Anna", "Bernd", "Clara", "Dora", "Emil"]);
  await act.say(bernd, room, "Ende");
  await act.hears(anna, room, "Ende");
  expect(await act.textsOf(anna, room)).toEqual([...texts, "Ende"]);
  expect(await warningsOf(anna, room)).toEqual([]);
});

test("what was written by somebody who had not heard of a newcomer reaches the newcomer, too (P5)", async () => {
  const anna = await here.join("Anna");
  let isDeaf = false;
  const deaf = hostileSockets(webSockets, {
    toClient: (frame) => (isDeaf && frame.type === "entries" ? [] : [frame]),
  });
  const network = createFaultyNetwork(deaf, noFaults);
  const bernd = await here.join("Bernd", { sockets: network.sockets, clock: fastClock(20) });
  const clara = await here.join("Clara");
  await act.knows(anna, clara);
  const room = await groupOf(anna, [bernd]);
  await act.say(bernd, room, "Anfang");
  await act.hears(anna, room, "Anfang");
  isDeaf = true;
  await anna.client.addPeople(room, [clara.me.userId]);
  await act.hasRoom(clara, "Lage");
  await act.say(bernd, room, "an alle");
  isDeaf = false;
  network.cut();
  await hasMembers(bernd, room, ["Anna", "Bernd", "Clara"]);
  for (const other of [anna, clara]) await act.hears(other, room, "an alle");
  expect(await act.textsOf(clara, room)).toEqual(["an alle"]);
  expect(await warningsOf(clara, room)).toEqual([]);
});

test("whoever is taken out of a room reads of every message that waited there that it does not go out", async () => {
  const anna = await here.join("Anna");
  const network = createFaultyNetwork(webSockets, { ...noFaults, loss: 1 });
  network.heal();
  const bernd = await here.join("Bernd", { sockets: network.sockets, clock: fastClock(20) });
  const room = await groupOf(anna, [bernd]);
  await act.say(anna, room, "Anfang");
  await act.hears(bernd, room, "Anfang");
  network.spoil();
  network.cut();
  await until(bernd.client, "offline", async () => {
    const state = await bernd.client.state();
    return state.state === "ready" && state.connection.state !== "online";
  });
  await act.say(bernd, room, "zu spät");
  await anna.client.removePerson(room, bernd.me.userId);
  await hasMembers(anna, room, ["Anna"]);
  network.heal();
  network.cut();
  await bernd.client.reconnect();
  await until(bernd.client, "it does not go out", async () =>
    (await act.messagesOf(bernd, room)).some(
      ({ delivery }) => delivery?.state === "wedged" && delivery.reason === "not-a-member",
    ),
  );
  const state = await bernd.client.state();
  expect(state.state === "ready" && state.waiting).toBe(0);
});

test("the app that is locked while a commit is under way waits for its answer, and goes on in the room", async () => {
  const network = createFaultyNetwork(webSockets, {
    random: () => 0.5,
    loss: 0,
    double: 0,
    late: 1,
    maxDelayMs: 400,
  });
  network.heal();
  const anna = await here.join("Anna", { sockets: network.sockets });
  const bernd = await here.join("Bernd");
  const clara = await here.join("Clara");
  await act.knows(anna, clara);
  const room = await groupOf(anna, [bernd]);
  network.spoil();
  await anna.client.addPeople(room, [clara.me.userId]);
  await until(bernd.client, "the server has the commit", async () =>
    (await memberNames(bernd, room)).includes("Clara"),
  );
  await anna.client.lock();
  network.heal();
  expect(await anna.client.open(anna.pin)).toEqual({ ok: true, value: undefined });
  await act.say(anna, room, "weiter");
  await act.hears(clara, room, "weiter");
  await act.say(clara, room, "verstanden");
  await act.hears(anna, room, "verstanden");
  expect(await warningsOf(anna, room)).toEqual([]);
});

/** Seeds that once failed stay in front. */
const seeds = [1, 97, 42];
test.for(seeds)(
  "a network that loses, doubles and delays: same order everywhere, nothing lost (F9, seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const network = createFaultyNetwork(webSockets, {
      random,
      loss: 0.05,
      double: 0.05,
      late: 0.2,
      maxDelayMs: 100,
    });
    network.heal();
    // Time passes twenty times faster, so 100 ms of delay are the two seconds that the design asks for.
    const ports = { sockets: network.sockets, clock: fastClock(20) };
    const officers: Officer[] = [];
    for (const name of ["Anna", "Bernd", "Clara"]) officers.push(await here.join(name, ports));
    const [anna, bernd, clara] = officers as [Officer, Officer, Officer];
    const room = await groupOf(anna, [bernd, clara]);
    for (const officer of officers) await hasMembers(officer, room, ["Anna", "Bernd", "Clara"]);
    network.spoil();
    const said: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const officer of officers) {
        said.push(`${officer.name} ${round}`);
        await act.say(officer, room, `${officer.name} ${round}`);
      }
      if (random() < 0.3) network.cut();
      for (const officer of officers) await act.isSent(officer, room, `${officer.name} ${round}`);
    }
    network.heal();
    network.cut();
    for (const officer of officers)
      await until(officer.client, `${officer.name} has everything`, async () => {
        const messages = await act.messagesOf(officer, room);
        return messages.length === said.length && messages.every(({ sequence }) => sequence !== undefined);
      });
    const orders = await Promise.all(officers.map((officer) => act.textsOf(officer, room)));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    expect([...(orders[0] ?? [])].sort()).toEqual([...said].sort());
  },
);

test("5,000 entries that had been waiting are caught up with progress, complete and in order (F11)", async () => {
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Anfang");
  await act.hears(bernd, room, "Anfang");
  await here.sleep(bernd);
  const count = 5_000;
  const texts = Array.from({ length: count }, (_, index) => `Meldung ${index}`);
  for (const text of texts) await act.say(anna, room, text);
  await until(
    anna.client,
    "everything is sent",
    async () => {
      const state = await anna.client.state();
      return state.state === "ready" && state.waiting === 0;
    },
    120_000,
  );
  const remaining: number[] = [];
  const awake = await here.wake(bernd);
  const unsubscribe = await awake.client.subscribe(async (change) => {
    const state = change.of === "state" ? await awake.client.state() : undefined;
    if (state?.state === "ready" && state.connection.state === "catching-up")
      remaining.push(state.connection.remaining);
  });
  await until(awake.client, "caught up", () => act.isCaughtUp(awake, room, `Meldung ${count - 1}`), 60_000);
  unsubscribe();
  expect(await act.textsOf(awake, room)).toEqual(["Anfang", ...texts]);
  expect(Math.max(...remaining)).toBeGreaterThan(1_000);
  expect((await awake.client.rooms())[0]?.unread).toBe(count + 1);
}, 600_000);
