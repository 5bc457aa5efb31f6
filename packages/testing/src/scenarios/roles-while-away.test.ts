/**
 * A device that died between the server's yes to its commit and the end of its transaction, and comes back when much has been
 * decided without it: it has what everybody has. The server and everybody else are honest.
 */

import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import { enrolAgain } from "../organisation.ts";
import { arriveAsMember, type RawMember } from "../server/raw-member.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let mallory: RawMember | undefined;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await mallory?.close();
  mallory = undefined;
  await here.close();
  expect(here.bugs).toEqual([]);
});

const hasNotice = (viewer: act.Officer, room: RoomId, what: string): Promise<unknown> =>
  until(viewer.client, `${viewer.name} is told: ${what}`, async () =>
    (await act.noticesOf(viewer, room)).some(({ type }) => type === what),
  );
const roleOf = async (viewer: act.Officer, room: RoomId, of: act.Officer) =>
  (await viewer.client.room(room))?.members.find(({ userId }) => userId === of.me.userId)?.role;
const hasRole = (viewer: act.Officer, room: RoomId, of: act.Officer, role: string) =>
  until(
    viewer.client,
    `${of.name} is ${role} for ${viewer.name}`,
    async () => (await roleOf(viewer, room, of)) === role,
  );
const given = (outcome: { ok: boolean }): void => expect(outcome).toMatchObject({ ok: true });

/** Anna's group with the moderators Bernd, who dies while he adds Emil, and Clara, and with Dora. */
async function berndDies() {
  const liar = frameLiar();
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const bernd = await here.join("Bernd", liar.ports);
  const [clara, dora, emil] = [await here.join("Clara"), await here.join("Dora"), await here.join("Emil")];
  for (const one of [bernd, clara, dora, emil]) await act.knows(anna, one);
  const made = await anna.client.createGroup({
    name: "Lage",
    userIds: [clara, bernd, dora].map(({ me }) => me.userId),
    moderators: [clara, bernd].map(({ me }) => me.userId),
  });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  for (const one of [bernd, clara, dora]) await act.hasRoom(one, "Lage");
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara, dora]) await act.hears(one, room, "eins");
  await act.knows(bernd, emil);
  liar.lie({ toClient: () => [] });
  await bernd.client.addPeople(room, [emil.me.userId]);
  for (const one of [anna, clara, dora])
    await act.shows(one, room, ["Anna", "Bernd", "Clara", "Dora", "Emil"]);
  await here.sleep(bernd);
  liar.honest();
  // Its name would have come from Bernd.
  await until(emil.client, "Emil is in", async () => emil.client.room(room));
  const comeBack = async (): Promise<act.Officer> => {
    const again = await here.wake(bernd, { clock: fastClock(20) });
    await hasNotice(again, room, "came-back");
    return again;
  };
  /** The leaf of the old one is out, because Dora has written since. */
  const annasNewPhone = async (): Promise<act.Officer> => {
    const next = await enrolAgain(letter);
    await here.publish(routes.postAttestation, next.signedAttestation);
    const again = await here.join("Anna", {}, next);
    const hasEnded = async () => (await anna.client.state()).state === "ended";
    await until(anna.client, "the old phone has ended", hasEnded);
    await hasNotice(dora, room, "new-device");
    await act.say(dora, room, "ohne Annas altes Telefon");
    await act.hears(emil, room, "ohne Annas altes Telefon");
    return again;
  };
  return { anna, bernd, clara, dora, emil, room, annasNewPhone, comeBack };
}

/** The roles are the same for both, and nobody is said to have seen another log. */
async function sameRoles(room: RoomId, viewers: readonly act.Officer[], of: act.Officer, role: string) {
  for (const viewer of viewers) {
    await hasRole(viewer, room, of, role);
    expect((await act.noticesOf(viewer, room)).map(({ type }) => type)).not.toContain("fork");
  }
}

test("the owner has handed over and left: the new one leads, and goes on adding people", async () => {
  const { anna, clara, dora, emil, room, comeBack } = await berndDies();
  given(await anna.client.setRole(room, dora.me.userId, "owner"));
  await hasRole(clara, room, dora, "owner");
  given(await anna.client.leaveRoom(room));
  for (const one of [clara, dora]) await hasNotice(one, room, "left");
  await act.say(dora, room, "ohne Anna");
  await act.hears(clara, room, "ohne Anna");
  const bernd = await comeBack();
  await act.say(dora, room, "danach");
  await act.hears(bernd, room, "danach");
  await sameRoles(room, [bernd, clara, emil], dora, "owner");
  const eve = await here.join("Eve");
  await act.knows(dora, eve);
  given(await dora.client.addPeople(room, [eve.me.userId]));
  await act.hasRoom(eve, "Lage");
  await act.say(clara, room, "mit Eve");
  for (const one of [bernd, eve]) await act.hears(one, room, "mit Eve");
});

test("a role was taken by an owner who has a new phone since: it is taken for whoever comes back, too (M4)", async () => {
  const { anna, clara, dora, room, annasNewPhone, comeBack } = await berndDies();
  given(await anna.client.setRole(room, clara.me.userId, "member"));
  await hasRole(dora, room, clara, "member");
  await annasNewPhone();
  const bernd = await comeBack();
  await act.say(dora, room, "danach");
  await act.hears(bernd, room, "danach");
  await sameRoles(room, [bernd, dora], clara, "member");
});

test("the only owner has a new phone, and a moderator took the lead to bring them back: it leads for all", async () => {
  const { clara, dora, room, annasNewPhone, comeBack } = await berndDies();
  const again = await annasNewPhone();
  given(await clara.client.addPeople(room, [again.me.userId]));
  await act.hasRoom(again, "Lage");
  await hasRole(dora, room, clara, "owner");
  const bernd = await comeBack();
  await act.say(clara, room, "danach");
  await act.hears(bernd, room, "danach");
  await sameRoles(room, [bernd, dora], clara, "owner");
});

test("an owner has taken the other one out and left: whoever follows leads for all, newcomers as well", async () => {
  const { anna, clara, dora, emil, room, comeBack } = await berndDies();
  given(await anna.client.setRole(room, dora.me.userId, "owner"));
  for (const one of [clara, dora]) await hasRole(one, room, dora, "owner");
  given(await dora.client.removePerson(room, anna.me.userId));
  // Out of the tree, and out of the roles.
  await until(dora.client, "nothing is open", async () => {
    const members = (await dora.client.room(room))?.members ?? [];
    return members.every(({ userId }) => userId !== anna.me.userId);
  });
  await act.shows(clara, room, ["Bernd", "Clara", "Dora", "Emil"]);
  await until(clara.client, "Anna has lost the lead", async () =>
    (await act.noticesOf(clara, room)).some((one) => one.type === "role" && one.role === "member"),
  );
  given(await dora.client.leaveRoom(room));
  for (const one of [clara, emil]) await hasNotice(one, room, "left");
  await act.say(clara, room, "ohne Dora");
  await act.hears(emil, room, "ohne Dora");
  const bernd = await comeBack();
  await act.say(clara, room, "danach");
  await act.hears(bernd, room, "danach");
  const frieda = await here.join("Frieda");
  await act.knows(bernd, frieda);
  given(await bernd.client.addPeople(room, [frieda.me.userId]));
  await act.hasRoom(frieda, "Lage");
  given(await clara.client.setRole(room, emil.me.userId, "owner"));
  await act.say(clara, room, "Emil leitet");
  for (const one of [bernd, frieda]) await act.hears(one, room, "Emil leitet");
  await sameRoles(room, [bernd, clara, frieda], emil, "owner");
});

test.each(["gives a role", "founds the room anew"])(
  "somebody who came meanwhile leads and %s: it comes back all the same",
  async (does) => {
    const { anna, bernd, clara, emil, room } = await berndDies();
    given(await anna.client.setRole(room, emil.me.userId, "owner"));
    await hasRole(emil, room, emil, "owner");
    if (does === "gives a role") {
      given(await emil.client.setRole(room, clara.me.userId, "owner"));
      await hasRole(anna, room, clara, "owner");
    }
    const letter = await here.enrol("Mallory");
    const { serverUrl } = here.world;
    mallory = await arriveAsMember(serverUrl, letter.linkAt(serverUrl), { agreementVersion: 0 });
    await until(anna.client, "Anna knows Mallory", async () =>
      (await anna.client.directory()).people.some((one) => one.userId === letter.userId),
    );
    given(await anna.client.addPeople(room, [letter.userId]));
    await mallory.enter();
    await until(clara.client, "Mallory is in", async () =>
      (await act.membersOf(clara, room)).includes("Mallory"),
    );
    // Only one of the leaders is awake.
    const leader = does === "gives a role" ? clara : emil;
    for (const one of [anna, clara, emil]) if (one !== leader) await here.sleep(one);
    await mallory.breakRoom();
    await hasNotice(leader, room, "refounded");
    await act.say(leader, room, "es geht weiter");
    const again = await here.wake(bernd, { clock: fastClock(20) });
    await act.hears(again, room, "es geht weiter");
    await act.say(again, room, "wieder da");
    await act.hears(leader, room, "wieder da");
  },
);
