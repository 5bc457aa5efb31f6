/** Giving and taking roles, leaving, and who follows: real clients on a real server. */

import { isDeepStrictEqual } from "node:util";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import * as act from "./officers.ts";
import type { OpenWorld } from "./open-world.ts";
import { openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
});

async function group(): Promise<{ anna: act.Officer; bernd: act.Officer; clara: act.Officer; room: RoomId }> {
  const [anna, bernd, clara] = [await here.join("Anna"), await here.join("Bernd"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  return { anna, bernd, clara, room };
}
const roleOf = async (viewer: act.Officer, room: RoomId, of: act.Officer) =>
  (await viewer.client.room(room))?.members.find(({ userId }) => userId === of.me.userId)?.role;
const membersOf = async (viewer: act.Officer, room: RoomId) =>
  (await viewer.client.room(room))?.members.map(({ displayName }) => displayName).sort();
const hasRole = (viewer: act.Officer, room: RoomId, of: act.Officer, role: string) =>
  until(
    viewer.client,
    `${of.name} is ${role} for ${viewer.name}`,
    async () => (await roleOf(viewer, room, of)) === role,
  );

test("whoever is made a moderator adds people, and all devices judge it alike", async () => {
  const { anna, bernd, clara, room } = await group();
  const dora = await here.join("Dora");
  await act.knows(bernd, dora);
  expect(await bernd.client.addPeople(room, [dora.me.userId])).toEqual({ ok: false, code: "forbidden" });
  expect(await anna.client.setRole(room, bernd.me.userId, "moderator")).toEqual({
    ok: true,
    value: undefined,
  });
  await hasRole(bernd, room, bernd, "moderator");
  expect(await bernd.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  await act.say(clara, room, "zu viert");
  await act.hears(dora, room, "zu viert");
  expect(await roleOf(dora, room, bernd)).toBe("moderator");
  expect((await act.noticesOf(clara, room)).filter(({ type }) => type === "role")).toEqual([
    { type: "role", by: "Anna", person: "Bernd", role: "moderator" },
  ]);
});

test("a member gives no role, and a moderator none that is more", async () => {
  const { anna, bernd, clara, room } = await group();
  const refused = { ok: false, code: "forbidden" };
  expect(await bernd.client.setRole(room, clara.me.userId, "moderator")).toEqual(refused);
  await anna.client.setRole(room, bernd.me.userId, "moderator");
  await hasRole(bernd, room, bernd, "moderator");
  expect(await bernd.client.setRole(room, clara.me.userId, "moderator")).toEqual(refused);
  expect(await bernd.client.setRole(room, clara.me.userId, "reader")).toEqual({ ok: true, value: undefined });
  await hasRole(clara, room, clara, "reader");
  expect((await clara.client.room(room))?.writable).toBe(false);
});

test("in a channel only who may writes, and everybody reads", async () => {
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd")];
  await act.knows(anna, bernd);
  const made = await anna.client.createGroup({
    name: "Fahndung",
    userIds: [bernd.me.userId],
    kind: "channel",
  });
  if (!made.ok) throw new Error(made.code);
  await act.hasRoom(bernd, "Fahndung");
  await act.say(anna, made.value, "Gesucht wird …");
  await act.hears(bernd, made.value, "Gesucht wird …");
  expect(await bernd.client.sendText(made.value, "ich auch")).toMatchObject({ ok: false });
  expect(await anna.client.setRole(made.value, bernd.me.userId, "member")).toMatchObject({ ok: true });
  await hasRole(bernd, made.value, bernd, "member");
  await act.say(bernd, made.value, "jetzt ja");
  await act.hears(anna, made.value, "jetzt ja");
});

test("whoever leaves is taken out by anybody's next message and reads nothing more", async () => {
  const { anna, bernd, clara, room } = await group();
  expect(await clara.client.leaveRoom(room)).toEqual({ ok: true, value: undefined });
  await until(bernd.client, "Bernd is told", async () =>
    (await act.noticesOf(bernd, room)).some(({ type }) => type === "left"),
  );
  await act.say(bernd, room, "ohne Clara");
  await act.hears(anna, room, "ohne Clara");
  expect((await bernd.client.room(room))?.members.map(({ displayName }) => displayName).sort()).toEqual([
    "Anna",
    "Bernd",
  ]);
  expect(await act.textsOf(clara, room)).toEqual(["eins"]);
  expect((await clara.client.room(room))?.present).toBe(false);
});

test("somebody leaves while somebody else is added: both happen, and nobody is told of a refusal", async () => {
  const { anna, bernd, clara, room } = await group();
  const dora = await here.join("Dora");
  await act.knows(anna, dora);
  const told: unknown[] = [];
  await anna.client.subscribe(async () => {
    for (const { refused } of (await anna.client.room(room))?.members ?? []) if (refused) told.push(refused);
  });
  const both = [clara.client.leaveRoom(room), anna.client.addPeople(room, [dora.me.userId])];
  for (const done of await Promise.all(both)) expect(done).toEqual({ ok: true, value: undefined });
  await act.hasRoom(dora, "Lage");
  for (const one of [anna, bernd, dora])
    await until(one.client, `${one.name} sees who is there`, async () =>
      isDeepStrictEqual(await membersOf(one, room), ["Anna", "Bernd", "Dora"]),
    );
  await act.say(dora, room, "da");
  for (const one of [anna, bernd]) await act.hears(one, room, "da");
  expect(await act.textsOf(clara, room)).toEqual(["eins"]);
  expect(told).toEqual([]);
});

test("whoever has left is added again, with the leaf from before taken out", async () => {
  const { anna, clara, room } = await group();
  expect((await clara.client.leaveRoom(room)).ok).toBe(true);
  await until(anna.client, "Anna is told", async () =>
    (await act.noticesOf(anna, room)).some(({ type }) => type === "left"),
  );
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await until(clara.client, "Clara is back", async () => (await clara.client.room(room))?.present);
  await act.say(anna, room, "wieder da");
  await act.hears(clara, room, "wieder da");
});

test("an invented room-changed is tried again by itself and told nobody; one that does not end is shown", async () => {
  let lies = 1;
  const sockets = hostileSockets(webSockets, {
    swallow(frame) {
      if (lies === 0 || frame.type !== "submit" || frame.submission.kind !== "commit") return undefined;
      lies -= 1;
      const { submissionId, roomId } = frame;
      return [{ type: "refused", submissionId, roomId, code: "room-changed" }];
    },
  });
  const anna = await here.join("Anna", { sockets, clock: fastClock(20) });
  const [bernd, clara] = [await here.join("Bernd"), await here.join("Clara")];
  const refusedTo = async (viewer: act.Officer, room: RoomId) =>
    (await viewer.client.room(room))?.members.flatMap(({ refused }) => refused ?? []);
  const told: unknown[] = [];
  await act.knows(anna, bernd);
  const made = await anna.client.createGroup({ name: "Lage", userIds: [bernd.me.userId] });
  if (!made.ok) throw new Error(made.code);
  await anna.client.subscribe(async () => told.push(...((await refusedTo(anna, made.value)) ?? [])));
  await act.hasRoom(bernd, "Lage");
  expect({ lies, told }).toEqual({ lies: 0, told: [] });
  await act.knows(anna, clara);
  lies = Number.POSITIVE_INFINITY;
  expect((await anna.client.addPeople(made.value, [clara.me.userId])).ok).toBe(true);
  await until(anna.client, "Anna sees why", async () =>
    (await refusedTo(anna, made.value))?.includes("room-changed"),
  );
  lies = 0;
  await act.hasRoom(clara, "Lage");
  await until(
    anna.client,
    "nothing is refused any more",
    async () => (await refusedTo(anna, made.value))?.length === 0,
  );
});

test("when the last owner has left, the oldest moderator follows, and the room goes on", async () => {
  const { anna, bernd, clara, room } = await group();
  await anna.client.setRole(room, clara.me.userId, "moderator");
  await hasRole(anna, room, clara, "moderator");
  expect((await anna.client.room(room))?.isLastOwner).toBe(true);
  expect(await anna.client.leaveRoom(room)).toMatchObject({ ok: true });
  await hasRole(bernd, room, clara, "owner");
  await hasRole(clara, room, clara, "owner");
  expect(await clara.client.setRole(room, bernd.me.userId, "owner")).toMatchObject({ ok: true });
  await hasRole(bernd, room, bernd, "owner");
  await act.say(bernd, room, "weiter");
  await act.hears(clara, room, "weiter");
});

test("whoever follows an owner who is gone adds people, and the newcomer sees who leads", async () => {
  const { anna, bernd, clara, room } = await group();
  await anna.client.setRole(room, bernd.me.userId, "moderator");
  await hasRole(anna, room, bernd, "moderator");
  expect(await anna.client.leaveRoom(room)).toMatchObject({ ok: true });
  await hasRole(bernd, room, bernd, "owner");
  const dora = await here.join("Dora");
  await act.knows(bernd, dora);
  expect(await bernd.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  await act.say(clara, room, "weiter mit Dora");
  await act.hears(dora, room, "weiter mit Dora");
  expect(await roleOf(dora, room, bernd)).toBe("owner");
});

test("nobody leaves a room of two", async () => {
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd")];
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  expect(await anna.client.leaveRoom(room)).toEqual({ ok: false, code: "forbidden" });
});

/** Anna's group with the moderators Bernd and Clara, who has a letter and no phone yet. */
async function claraIsNamed() {
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd")];
  const letter = await here.enrol("Clara");
  const { userId } = letter;
  await act.knows(anna, bernd);
  for (const one of [anna, bernd])
    await until(one.client, `${one.name} knows Clara`, async () =>
      (await one.client.directory()).people.some((person) => person.userId === userId),
    );
  const moderators = [bernd.me.userId, userId];
  const made = await anna.client.createGroup({ name: "Lage", userIds: moderators, moderators });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  await act.hasRoom(bernd, "Lage");
  await act.shows(anna, room, ["Anna", "Bernd", "Clara: pending"]);
  return { anna, bernd, room, userId, arrive: () => here.join("Clara", {}, letter) };
}

test("whoever was named moderator and never came loses the lead with the wish to add them, whoever adds them later", async () => {
  const { anna, bernd, room, userId, arrive } = await claraIsNamed();
  expect(await anna.client.removePerson(room, userId)).toEqual({ ok: true });
  await act.noticed(bernd, room, { type: "role", by: "Anna", person: "Clara", role: "member" });
  await act.shows(anna, room, ["Anna", "Bernd"]);
  const clara = await arrive();
  await act.knows(bernd, clara);
  expect(await bernd.client.addPeople(room, [userId])).toEqual({ ok: true });
  await act.hasRoom(clara, "Lage");
  for (const one of [anna, bernd, clara]) {
    await act.shows(one, room, ["Anna", "Bernd", "Clara"]);
    expect(await roleOf(one, room, clara)).toBe("member");
  }
});

test("a moderator takes back the own wish to add somebody who leads by the roles, and takes no lead by it", async () => {
  const { anna, bernd, room, userId, arrive } = await claraIsNamed();
  expect(await bernd.client.addPeople(room, [userId])).toEqual({ ok: true });
  await act.shows(bernd, room, ["Anna", "Bernd", "Clara: pending"]);
  expect(await bernd.client.removePerson(room, userId)).toEqual({ ok: true });
  await act.shows(bernd, room, ["Anna", "Bernd"]);
  const clara = await arrive();
  await act.hasRoom(clara, "Lage");
  await act.noticed(bernd, room, { type: "added", by: "Anna", people: ["Clara"] });
  await act.shows(anna, room, ["Anna", "Bernd", "Clara"]);
  for (const one of [anna, bernd]) expect(await roleOf(one, room, clara)).toBe("moderator");
});
