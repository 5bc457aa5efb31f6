/** Ordinary changes of phones end no room: whose they are, and in whatever order. Real clients on an honest server. */
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
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

type Holder = { officer: act.Officer; letter: TestLetter };
async function join(name: string): Promise<Holder> {
  const letter = await here.enrol(name);
  return { letter, officer: await here.join(name, {}, letter) };
}
/** The same person with another phone; the old one is put away. */
async function replacePhone({ officer, letter }: Holder): Promise<act.Officer> {
  const next = await enrolAgain(letter);
  await here.publish(routes.postAttestation, next.signedAttestation);
  const again = await here.join(officer.name, {}, next);
  await here.sleep(officer);
  return again;
}
const isTold = (officer: act.Officer, room: RoomId, who: act.Officer): Promise<unknown> =>
  until(officer.client, `${officer.name} is told of the new phone`, async () =>
    (await act.noticesOf(officer, room)).some(
      (notice) => notice.type === "new-device" && notice.userId === who.me.userId,
    ),
  );
const hasThisRoom = (officer: act.Officer, room: RoomId): Promise<unknown> =>
  until(officer.client, `${officer.name} is in the room`, async () =>
    (await officer.client.rooms()).some(({ roomId, writable }) => roomId === room && writable),
  );

test("a founder with a new phone is let into the own direct room again, by the ordinary question", async () => {
  const founder = await join("Anna");
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(founder.officer, bernd);
  await act.say(founder.officer, room, "eins");
  await act.hears(bernd, room, "eins");
  const anna = await replacePhone(founder);
  await isTold(bernd, room, anna);
  expect(await bernd.client.addPeople(room, [anna.me.userId])).toMatchObject({ ok: true });
  await hasThisRoom(anna, room);
  await act.say(anna, room, "neues Telefon");
  await act.hears(bernd, room, "neues Telefon");
  await act.say(bernd, room, "willkommen zurück");
  await act.hears(anna, room, "willkommen zurück");
});

test("a moderator goes on adding people to a group whose founder has a new phone, the founder among them", async () => {
  const founder = await join("Anna");
  const bernd = await here.join("Bernd");
  await act.knows(founder.officer, bernd);
  const made = await founder.officer.client.createGroup({
    name: "Lage",
    userIds: [bernd.me.userId],
    moderators: [bernd.me.userId],
  });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  await act.hasRoom(bernd, "Lage");
  const anna = await replacePhone(founder);
  const clara = await here.join("Clara");
  await act.knows(bernd, clara);
  await isTold(bernd, room, anna);
  expect(await bernd.client.addPeople(room, [clara.me.userId])).toMatchObject({ ok: true });
  await hasThisRoom(clara, room);
  expect(await bernd.client.addPeople(room, [anna.me.userId])).toMatchObject({ ok: true });
  await hasThisRoom(anna, room);
  await act.say(anna, room, "alle da");
  for (const one of [bernd, clara]) await act.hears(one, room, "alle da");
});

test("a moderator with a new phone is a moderator again", async () => {
  const [anna, clara] = [await here.join("Anna"), await here.join("Clara")];
  const moderator = await join("Bernd");
  await act.knows(anna, moderator.officer);
  const { userId } = moderator.officer.me;
  const made = await anna.client.createGroup({ name: "Lage", userIds: [userId], moderators: [userId] });
  if (!made.ok) throw new Error(made.code);
  await act.hasRoom(moderator.officer, "Lage");
  const bernd = await replacePhone(moderator);
  await isTold(anna, made.value, bernd);
  await anna.client.addPeople(made.value, [userId]);
  await hasThisRoom(bernd, made.value);
  await act.knows(bernd, clara);
  expect(await bernd.client.addPeople(made.value, [clara.me.userId])).toMatchObject({ ok: true });
  await hasThisRoom(clara, made.value);
});

test("who was away reads on through commits of phones that have been replaced since (M3)", async () => {
  const [founder, moderator] = [await join("Anna"), await join("Bernd")];
  const { userId } = moderator.officer.me;
  const [clara, dora] = [await here.join("Clara"), await here.join("Dora")];
  for (const one of [moderator.officer, clara]) await act.knows(founder.officer, one);
  const ids = [userId, clara.me.userId];
  const made = await founder.officer.client.createGroup({ name: "Lage", userIds: ids, moderators: [userId] });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  for (const one of [moderator.officer, clara]) await act.hasRoom(one, "Lage");
  await here.sleep(clara);
  await act.knows(moderator.officer, dora);
  await moderator.officer.client.addPeople(room, [dora.me.userId]);
  await hasThisRoom(dora, room);
  await act.say(moderator.officer, room, "vor dem Wechsel");
  await act.hears(founder.officer, room, "vor dem Wechsel");
  const bernd = await replacePhone(moderator);
  await isTold(founder.officer, room, bernd);
  await founder.officer.client.addPeople(room, [userId]);
  await hasThisRoom(bernd, room);
  const anna = await replacePhone(founder);
  await isTold(bernd, room, anna);
  await bernd.client.addPeople(room, [anna.me.userId]);
  await hasThisRoom(anna, room);
  await act.say(anna, room, "nach dem Wechsel");
  const again = await here.wake(clara);
  for (const text of ["vor dem Wechsel", "nach dem Wechsel"]) await act.hears(again, room, text);
  await act.say(again, room, "alles gelesen");
  for (const one of [anna, bernd, dora]) await act.hears(one, room, "alles gelesen");
  expect((await act.noticesOf(again, room)).filter(({ type }) => type === "refused")).toEqual([]);
});

test.for(["the founder", "the other one"] as const)(
  "two who both have new phones write to each other again, %s first",
  async (first) => {
    const holders = { anna: await join("Anna"), bernd: await join("Bernd") };
    const room = await act.openDirect(holders.anna.officer, holders.bernd.officer);
    await act.say(holders.anna.officer, room, "eins");
    await act.hears(holders.bernd.officer, room, "eins");
    const anna = await replacePhone(holders.anna);
    const bernd = await replacePhone(holders.bernd);
    const [one, other] = first === "the founder" ? [anna, bernd] : [bernd, anna];
    const again = await act.openDirect(one, other);
    await act.say(one, again, "bist du das?");
    await act.hears(other, again, "bist du das?");
    await act.say(other, again, "ja");
    await act.hears(one, again, "ja");
    expect(await act.membersOf(one, again)).toEqual(["Anna", "Bernd"]);
  },
);
