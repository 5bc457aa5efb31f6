/** Founded anew without somebody whose key packages were missing: seen, added again by itself, and back by that Welcome. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import type { RoomId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { lyingRoute } from "../network/hostile-http.ts";
import { enrolAgain } from "../organisation.ts";
import { arriveAsMember, type RawMember } from "../server/raw-member.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let mallory: RawMember;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await mallory.close();
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** Claims that somebody's key packages have run out, as the server says or as it is. */
function withholding() {
  let from: string | undefined;
  const http = lyingRoute(routes.postKeyPackageClaim, ({ devices }) => ({
    devices: devices.map((one) => (userOf(one.clientId) === from ? { ...one, keyPackage: null } : one)),
  }));
  return { http, of: (userId: string | undefined) => (from = userId) };
}

/** Anna's group with Bernd, who may add, with Clara, and with the moderator Mallory, whose app does what it is told. */
async function scene() {
  const claims = withholding();
  const annas = await here.enrol("Anna");
  const anna = await here.join("Anna", { http: claims.http }, annas);
  const bernd = await here.join("Bernd", { http: claims.http });
  const clara = await here.join("Clara", { clock: fastClock(20) });
  const letter = await here.enrol("Mallory");
  const link = letter.linkAt(here.world.serverUrl);
  mallory = await arriveAsMember(here.world.serverUrl, link, { agreementVersion: 0 });
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await until(anna.client, "Anna knows Mallory", async () =>
    (await anna.client.directory()).people.some(({ userId }) => userId === letter.userId),
  );
  expect((await anna.client.addPeople(room, [letter.userId])).ok).toBe(true);
  await mallory.enter();
  for (const userId of [bernd.me.userId, letter.userId]) {
    expect(await anna.client.setRole(room, userId, "moderator")).toMatchObject({ ok: true });
    await until(anna.client, "the role is there", async () =>
      (await anna.client.room(room))?.members.some(
        (one) => one.userId === userId && one.role === "moderator",
      ),
    );
  }
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  return { anna, annas, bernd, clara, claims, room };
}

const stateOf = async (viewer: act.Officer, room: RoomId, of: act.Officer) =>
  (await viewer.client.room(room))?.members.find(({ userId }) => userId === of.me.userId)?.state;

test.each(["whoever founded it anew", "a moderator who did not"])(
  "whoever a refounding leaves out is shown as missing and comes back by itself, by %s",
  async (by) => {
    const { anna, bernd, clara, claims, room } = await scene();
    claims.of(clara.me.userId);
    await mallory.breakRoom();
    for (const one of [anna, bernd]) {
      await act.noticed(one, room, { type: "left-out", people: ["Clara"] });
      expect(await stateOf(one, room, clara)).toBe("pending");
    }
    await act.say(bernd, room, "ohne Clara");
    await act.hears(anna, room, "ohne Clara");
    // Clara's app says that it is not in the room.
    await until(
      clara.client,
      "Clara sees that it waits",
      async () => (await clara.client.room(room))?.trouble,
    );
    claims.of(undefined);
    const [adder, other] = by.startsWith("whoever") ? [anna, bernd] : [bernd, anna];
    await here.sleep(adder);
    // The other one does nothing meanwhile.
    await here.sleep(other);
    const again = await here.wake(adder, { http: fetchHttp });
    await until(clara.client, "Clara is back", async () => !(await clara.client.room(room))?.trouble);
    const too = await here.wake(other);
    for (const one of [again, too])
      await until(
        one.client,
        `${one.name} sees Clara`,
        async () => (await stateOf(one, room, clara)) === "member",
      );
    await act.say(again, room, "wieder zu dritt");
    await act.hears(clara, room, "wieder zu dritt");
    await act.say(clara, room, "bin da");
    for (const one of [again, too]) await act.hears(one, room, "bin da");
    expect(await act.textsOf(clara, room)).toContain("eins");
    const names = (await clara.client.room(room))?.members.map(({ displayName }) => displayName).sort();
    expect(names).toEqual(["Anna", "Bernd", "Clara"]);
  },
);

const roleOf = async (viewer: act.Officer, room: RoomId, of: act.Officer) =>
  (await viewer.client.room(room))?.members.find(({ userId }) => userId === of.me.userId)?.role;

/** Bernd has founded the room anew without Anna, whose key packages his server withholds; Clara sleeps. */
async function withoutAnna() {
  const { anna, annas, bernd, clara, claims, room } = await scene();
  claims.of(anna.me.userId);
  for (const one of [anna, clara]) await here.sleep(one);
  await mallory.breakRoom();
  await act.noticed(bernd, room, { type: "left-out", people: ["Anna"] });
  await act.say(bernd, room, "es geht weiter");
  await act.isSent(bernd, room, "es geht weiter");
  return { anna, annas, bernd, clara, claims, room };
}
const comesBack = async (owner: act.Officer, room: RoomId): Promise<void> => {
  await until(owner.client, "the owner is in", async () => !(await owner.client.room(room))?.trouble);
  await act.say(owner, room, "wieder da");
};
const waits = (owner: act.Officer, room: RoomId): Promise<unknown> =>
  until(owner.client, "the owner waits", async () => (await owner.client.room(room))?.trouble);

test("a moderator who founds a room anew without its owner gets no lead by it, and a member brings the owner back", async () => {
  const { anna, bernd, clara, room } = await withoutAnna();
  const { members = [], myRole } = (await bernd.client.room(room)) ?? {};
  expect(myRole).toBe("moderator");
  expect(members.flatMap(({ grantable }) => grantable)).not.toContain("owner");
  const asked = await bernd.client.setRole(room, bernd.me.userId, "owner");
  expect(asked).toEqual({ ok: false, code: "forbidden" });
  const owner = await here.wake(anna);
  await waits(owner, room);
  // Clara has no role, and her server does not lie.
  const back = await here.wake(clara);
  await comesBack(owner, room);
  for (const one of [bernd, back]) await act.hears(one, room, "wieder da");
  expect(await act.noticesOf(bernd, room)).toContainEqual({ type: "added", by: "Clara", people: ["Anna"] });
  expect(await owner.client.setRole(room, bernd.me.userId, "member")).toMatchObject({ ok: true });
  await until(back.client, "the owner leads", async () => (await roleOf(back, room, bernd)) === "member");
});

test("an owner who gets a new phone while a refounding has left them out is awaited no more: whoever follows leads for all, and brings them back", async () => {
  const { anna, annas, bernd, clara, claims, room } = await withoutAnna();
  const next = await enrolAgain(annas);
  await here.publish(routes.postAttestation, next.signedAttestation);
  const again = await here.join("Anna", {}, next);
  // The new phone's link is behind every entry so far.
  here.clock.pass(60_000);
  await act.noticed(bernd, room, { type: "new-device", person: "Anna", userId: anna.me.userId });
  claims.of(undefined);
  // Nobody has asked them yet.
  expect(await stateOf(bernd, room, anna)).toBe("member");
  expect(await roleOf(bernd, room, bernd)).toBe("owner");
  expect((await bernd.client.addPeople(room, [anna.me.userId])).ok).toBe(true);
  const back = await here.wake(clara);
  for (const one of [bernd, back])
    await act.noticed(one, room, { type: "role", by: "Bernd", person: "Bernd", role: "owner" });
  await until(again.client, "Anna is in", async () => (await again.client.room(room))?.present);
  await act.say(again, room, "mit neuem Telefon");
  for (const one of [bernd, back]) {
    await act.hears(one, room, "mit neuem Telefon");
    expect((await act.noticesOf(one, room)).map(({ type }) => type)).not.toContain("fork");
  }
});

test("whoever comes in while the owner is left out sees no other owner, and the owner comes back to strangers by whoever may add them", async () => {
  const { anna, bernd, clara, room } = await withoutAnna();
  const dora = await here.join("Dora");
  await act.knows(bernd, dora);
  expect((await bernd.client.addPeople(room, [dora.me.userId])).ok).toBe(true);
  await act.hasRoom(dora, "Lage");
  await act.say(dora, room, "da");
  await act.hears(bernd, room, "da");
  expect(await roleOf(dora, room, bernd)).toBe("moderator");
  const owner = await here.wake(anna);
  await waits(owner, room);
  const back = await here.wake(clara);
  await act.hears(back, room, "da");
  await here.sleep(bernd);
  const honest = await here.wake(bernd, { http: fetchHttp });
  await comesBack(owner, room);
  for (const one of [honest, back, dora]) {
    await act.hears(one, room, "wieder da");
    expect(await roleOf(one, room, bernd)).toBe("moderator");
    expect(await act.noticesOf(one, room)).toContainEqual({ type: "added", by: "Bernd", people: ["Anna"] });
  }
});

test("whom the owner takes out while a refounding has left them out is waited for by nobody, as soon as the log shows it", async () => {
  const { anna, bernd, clara, claims, room } = await scene();
  claims.of(bernd.me.userId);
  for (const one of [bernd, clara]) await here.sleep(one);
  await mallory.breakRoom();
  await act.noticed(anna, room, { type: "left-out", people: ["Bernd"] });
  expect(await anna.client.removePerson(room, bernd.me.userId)).toEqual({ ok: true });
  await until(anna.client, "Bernd is out", async () => !(await stateOf(anna, room, bernd)));
  await act.say(anna, room, "ohne Bernd");
  // Clara has no role, and her app and her server are honest.
  const back = await here.wake(clara);
  await act.hears(back, room, "ohne Bernd");
  expect(await stateOf(back, room, bernd)).toBeUndefined();
  expect(await act.noticesOf(back, room)).toContainEqual(
    expect.objectContaining({ type: "role", by: "Anna", person: "Bernd", role: "member" }),
  );
});

test("whoever loses the lead while a refounding has left them out comes back by whoever took it", async () => {
  const { anna, bernd, clara, claims, room } = await scene();
  claims.of(bernd.me.userId);
  for (const one of [bernd, clara]) await here.sleep(one);
  await mallory.breakRoom();
  await act.noticed(anna, room, { type: "left-out", people: ["Bernd"] });
  await act.say(anna, room, "es geht weiter");
  await act.isSent(anna, room, "es geht weiter");
  expect(await anna.client.setRole(room, bernd.me.userId, "member")).toMatchObject({ ok: true });
  await until(anna.client, "it stands", async () => (await roleOf(anna, room, bernd)) === "member");
  expect(await stateOf(anna, room, bernd)).toBe("pending");
  const back = await here.wake(bernd);
  await waits(back, room);
  await here.sleep(anna);
  const honest = await here.wake(anna, { http: fetchHttp });
  await comesBack(back, room);
  await act.hears(honest, room, "wieder da");
});

test("whoever was away while a refounding left them out and somebody added them again comes back by themselves", async () => {
  const { anna, bernd, clara, claims, room } = await scene();
  await here.sleep(clara);
  await act.say(bernd, room, "zwei");
  claims.of(clara.me.userId);
  await mallory.breakRoom();
  for (const one of [anna, bernd]) await act.noticed(one, room, { type: "left-out", people: ["Clara"] });
  await act.say(bernd, room, "ohne Clara");
  await act.hears(anna, room, "ohne Clara");
  claims.of(undefined);
  await here.sleep(anna);
  const again = await here.wake(anna, { http: fetchHttp });
  await until(
    again.client,
    "Anna has added Clara",
    async () => (await stateOf(again, room, clara)) === "member",
  );
  await act.say(again, room, "wieder zu dritt");
  const back = await here.wake(clara);
  await act.hears(back, room, "wieder zu dritt");
  await act.say(back, room, "bin da");
  await act.hears(bernd, room, "bin da");
  expect(await act.textsOf(back, room)).toEqual(["eins", "zwei", "wieder zu dritt", "bin da"]);
  expect((await act.noticesOf(back, room)).map(({ type }) => type)).not.toContain("withheld");
});
