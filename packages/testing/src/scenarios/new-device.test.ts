/** After destruction, wipe or loss: a new letter, a fresh device, and rooms that it is added to again. */
import { parseClientId } from "@nimes/protocol/ids";
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
  await act.knows(anna, bernd);
  const group = await anna.client.createGroup({ name: "Lage", userIds: [bernd.me.userId] });
  if (!group.ok) throw new Error(group.code);
  const room = await act.hasRoom(bernd, "Lage");
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
