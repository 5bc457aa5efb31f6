/** After destruction, wipe or loss: a new letter, a fresh device, and rooms that it is added to again. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { OpenE2ee } from "@nimes/e2ee/e2ee";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import type { FullEntry } from "@nimes/protocol/entry";
import { firstGroupOf, parseClientId } from "@nimes/protocol/ids";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { lyingRoute } from "../network/hostile-http.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import { enrolAgain, type TestLetter } from "../organisation.ts";
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

async function joinAgain(name: string, letter: TestLetter): Promise<act.Officer> {
  const next = await enrolAgain(letter);
  await here.publish(routes.postAttestation, next.signedAttestation);
  return here.join(name, {}, next);
}
const isTold = (officer: act.Officer, room: Parameters<typeof act.noticesOf>[1], person: string) =>
  until(officer.client, `${officer.name} is told of the new device`, async () =>
    (await act.noticesOf(officer, room)).some(
      (notice) => notice.type === "new-device" && notice.person === person,
    ),
  );

test("a new letter ends the old phone, contacts are told, and whoever may adds the new one to a group again", async () => {
  const anna = await here.join("Anna");
  const letter = await here.enrol("Bernd");
  const bernd = await here.join("Bernd", {}, letter);
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await act.say(anna, room, "für das alte Telefon");
  await act.hears(bernd, room, "für das alte Telefon");

  const again = await joinAgain("Bernd", letter);
  await until(
    bernd.client,
    "the old phone is out",
    async () => (await bernd.client.state()).state === "ended",
  );
  await isTold(anna, room, "Bernd");
  expect(await again.client.rooms()).toEqual([]);
  const { people } = await anna.client.directory();
  const shown = people.find(({ userId }) => userId === bernd.me.userId);
  expect(shown?.devices.map(({ clientId }) => clientId)).toEqual([again.me.clientId]);
  expect(shown?.ended?.map(({ clientId }) => clientId)).toEqual([bernd.me.clientId]);
  const member = (await anna.client.room(room))?.members.find(({ userId }) => userId === bernd.me.userId);
  expect(member).toMatchObject({ devices: [], ended: [{ clientId: bernd.me.clientId }] });

  expect(await anna.client.addPeople(room, [bernd.me.userId])).toEqual({ ok: true, value: undefined });
  await act.hasRoom(again, "Lage");
  await act.say(anna, room, "für das neue Telefon");
  await act.hears(again, room, "für das neue Telefon");
  expect(await act.textsOf(again, room)).toEqual(["für das neue Telefon"]);
  await act.say(again, room, "bin wieder da");
  await act.hears(anna, room, "bin wieder da");
  const after = (await anna.client.room(room))?.members.find(({ userId }) => userId === bernd.me.userId);
  expect(after?.devices.map(({ clientId }) => clientId)).toEqual([again.me.clientId]);
  expect(after?.ended).toBeUndefined();
});

test("in a room of two the other one comes back with the new phone when asked, and nobody else can", async () => {
  const anna = await here.join("Anna");
  const clara = await here.join("Clara");
  const letter = await here.enrol("Bernd");
  const bernd = await here.join("Bernd", {}, letter);
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  const again = await joinAgain("Bernd", letter);
  await isTold(anna, room, "Bernd");
  await act.knows(anna, clara);
  expect(await anna.client.addPeople(room, [clara.me.userId])).toEqual({ ok: false, code: "forbidden" });
  expect(await anna.client.addPeople(room, [bernd.me.userId])).toEqual({ ok: true, value: undefined });
  await act.hasRoom(again, "Anna");
  await act.say(anna, room, "zwei");
  await act.hears(again, room, "zwei");
  expect(await anna.client.removePerson(room, bernd.me.userId)).toEqual({ ok: false, code: "forbidden" });
});

test("an officer whose device comes for the first time is no news", async () => {
  const anna = await here.join("Anna");
  const letter = await here.enrol("Bernd");
  await until(anna.client, "Bernd is known", async () =>
    (await anna.client.directory()).people.some(({ displayName }) => displayName === "Bernd"),
  );
  const group = await anna.client.createGroup({ name: "Lage", userIds: [letter.userId] });
  if (!group.ok) throw new Error(group.code);
  const bernd = await here.join("Bernd", {}, letter);
  await act.hasRoom(bernd, "Lage");
  expect(parseClientId(bernd.me.clientId)?.userId).toBe(letter.userId);
  expect((await act.noticesOf(anna, group.value)).map(({ type }) => type)).not.toContain("new-device");
});

/** What the log of a room holds, as one device is shown it. */
function logReader() {
  const entries = new Map<number, FullEntry>();
  const sockets = hostileSockets(webSockets, {
    toClient(frame) {
      if (frame.type === "entries")
        for (const entry of frame.entries) if ("bytes" in entry) entries.set(entry.sequence, entry);
      return [frame];
    },
  });
  return {
    sockets,
    behind: (sequence: number) => [...entries.values()].filter((one) => one.sequence > sequence),
  };
}

const servers = [
  ["an honest server", fetchHttp],
  [
    "a server that leaves out that there was one before",
    lyingRoute(routes.getDirectory, ({ entries, head }) => ({
      entries: entries.map(({ former: _, ...entry }) => entry),
      head,
    })),
  ],
] as const;
test.for(servers)(
  "three officers, %s: once the new phone is there the old one reads nothing more, whoever writes and whatever helps it (M3, D2)",
  async ([, http]) => {
    const log = logReader();
    const anna = await here.join("Anna", { http, sockets: log.sockets });
    const clara = await here.join("Clara", { http });
    const letter = await here.enrol("Bernd");
    let store: OpenE2ee | undefined;
    const bernd = await here.join(
      "Bernd",
      {
        openE2ee(options) {
          store = options;
          return openE2ee(options);
        },
      },
      letter,
    );
    const room = await act.openGroup(anna, "Lage", [bernd, clara]);
    await act.say(anna, room, "für alle");
    await act.hears(bernd, room, "für alle");
    // The phone is lost, with all it holds; whoever has it knows how to open it, and has a server that shows it the log.
    await here.sleep(bernd);
    await until(anna.client, "shown", async () => log.behind(0).length > 2);
    const lostAt = Math.max(...log.behind(0).map(({ sequence }) => sequence));
    await act.say(anna, room, "an das alte Telefon");
    await act.hears(clara, room, "an das alte Telefon");

    const again = await joinAgain("Bernd", letter);
    for (const one of [anna, clara]) await isTold(one, room, "Bernd");
    expect(await clara.client.addPeople(room, [bernd.me.userId])).toEqual({ ok: false, code: "forbidden" });
    // Clara may neither add nor remove people, and takes the old phone out of the encryption before she writes.
    await act.say(clara, room, "nicht an das alte Telefon");
    await act.hears(anna, room, "nicht an das alte Telefon");
    for (const one of [anna, clara]) {
      const member = (await one.client.room(room))?.members.find(({ userId }) => userId === bernd.me.userId);
      // Its leaf is gone, so it is shown no more; he himself may come back.
      expect(member).toMatchObject({ devices: [] });
      expect(member?.ended).toBeUndefined();
      const told = (await act.noticesOf(one, room)).map(({ type }) => type);
      expect(told).not.toContain("removed");
      expect(told).not.toContain("refused");
    }
    expect(await anna.client.addPeople(room, [bernd.me.userId])).toEqual({ ok: true, value: undefined });
    await act.hasRoom(again, "Lage");
    await act.say(anna, room, "an das neue Telefon");
    await act.hears(again, room, "an das neue Telefon");
    await act.hears(clara, room, "an das neue Telefon");
    expect(await act.textsOf(again, room)).toEqual(["an das neue Telefon"]);

    if (!store) throw new Error("the old phone has a store");
    const thief = await openE2ee(store);
    const users = [{ userId: anna.me.userId, role: "owner" as const }];
    const roles = {
      roomId: room,
      kind: "group" as const,
      author: anna.me.clientId,
      version: 1,
      hash: new Uint8Array(32),
      users,
    };
    const read: string[] = [];
    for (const entry of log.behind(lostAt))
      await thief.open(
        { roomId: room, groupId: firstGroupOf(room), roles, leaving: [] },
        [entry],
        async (outcomes) => {
          for (const outcome of outcomes)
            if (outcome.outcome === "content" && "text" in outcome.content.body)
              read.push(outcome.content.body.text);
        },
      );
    await thief.close();
    expect(read).toEqual(["an das alte Telefon"]);
  },
);

test("in a room of two what is written for the new phone waits until it is there, and the old one never gets it", async () => {
  const anna = await here.join("Anna");
  const letter = await here.enrol("Bernd");
  const bernd = await here.join("Bernd", {}, letter);
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  const again = await joinAgain("Bernd", letter);
  await isTold(anna, room, "Bernd");
  await act.say(anna, room, "zwei");
  await until(anna.client, "the old phone is out", async () => (await anna.client.rooms())[0]?.devices === 1);
  const [waiting] = (await act.messagesOf(anna, room)).slice(-1);
  expect(waiting?.delivery).toEqual({ state: "waiting" });
  expect(await anna.client.addPeople(room, [bernd.me.userId])).toEqual({ ok: true, value: undefined });
  await act.hears(again, room, "zwei");
});

test("who has not heard yet that a device has ended asks before judging who takes it out, and reads on", async () => {
  const anna = await here.join("Anna");
  const clara = await here.join("Clara");
  const letter = await here.enrol("Bernd");
  const bernd = await here.join("Bernd", {}, letter);
  let isShown = true;
  const dora = await here.join("Dora", {
    clock: fastClock(20),
    http: {
      send: (request) =>
        isShown || new URL(request.url).pathname !== routes.getDirectory.path
          ? fetchHttp.send(request)
          : Promise.resolve(refuse("no-network")),
    },
  });
  const others = [bernd, clara, dora];
  const room = await act.openGroup(anna, "Lage", others);
  await act.say(anna, room, "eins");
  for (const one of others) await act.hears(one, room, "eins");
  isShown = false;
  await joinAgain("Bernd", letter);
  await isTold(clara, room, "Bernd");
  await act.say(clara, room, "zwei");
  await act.hears(anna, room, "zwei");
  expect(await act.textsOf(dora, room)).toEqual(["eins"]);
  isShown = true;
  await act.hears(dora, room, "zwei");
  expect((await act.noticesOf(dora, room)).map(({ type }) => type)).not.toContain("refused");
});
