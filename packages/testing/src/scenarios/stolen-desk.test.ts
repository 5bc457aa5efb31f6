/** A stolen desk key has invented an officer; the root takes the key out, and another desk saves the honest ones. */
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TestLetter } from "../organisation.ts";
import { attestAgain, enrolAgain, newSigner, signTransfer } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  expect(here.bugs).toEqual([]);
  await here.close();
});

const stations = () => {
  const [celle, hannover] = here.organisation.units;
  if (!celle || !hannover) throw new Error("two stations");
  return { celle, hannover };
};
/** The root takes out what signs for a station; another key comes instead where one is given. */
async function takeOut(unitId: string, instead?: Uint8Array): Promise<void> {
  const { deskKeys } = here.organisation.manifest;
  const stolen = deskKeys.filter(({ units }) => units.some((unit) => unit === unitId));
  const fresh = instead ? stolen.map((desk) => ({ ...desk, key: instead })) : [];
  await here.publishManifest({ deskKeys: [...deskKeys.filter((one) => !stolen.includes(one)), ...fresh] });
}
const isShown = async (officer: act.Officer, userId: string): Promise<boolean> =>
  (await officer.client.directory()).people.some((person) => person.userId === userId);
const isEnded = async (officer: act.Officer): Promise<boolean> =>
  (await officer.client.state()).state === "ended";

test("an officer invented by a stolen desk key is nobody once the root has removed that key", async () => {
  const { hannover } = stations();
  const anna = await here.join("Anna");
  const clara = await here.join("Clara");
  const spy = await here.join("Spitzel", {}, await here.enrol("Spitzel", { unitId: hannover.unitId }));
  const room = await act.openGroup(anna, "Lage", [spy, clara]);
  await act.say(anna, room, "eins");
  await act.hears(spy, room, "eins");
  await act.hears(clara, room, "eins");
  await takeOut(hannover.unitId);
  // The server ends the device at once; everybody else hears of the manifest by itself.
  await until(spy.client, "the spy's phone has ended", () => isEnded(spy));
  await until(
    anna.client,
    "Anna's list is without the spy",
    async () => !(await isShown(anna, spy.me.userId)),
  );
  await act.say(anna, room, "geheim");
  await act.hears(clara, room, "geheim");
  expect(await act.textsOf(spy, room)).not.toContain("geheim");
  await until(anna.client, "the spy is out of the room", async () => {
    const detail = await anna.client.room(room);
    return detail?.members.every(({ userId }) => userId !== spy.me.userId);
  });
  const second = await anna.client.createGroup({ name: "Neu", userIds: [spy.me.userId] });
  expect(second.ok).toBe(false);
  // Whoever comes later never learns of that person, and reads the room all the same.
  const bernd = await here.join("Bernd");
  await act.knows(anna, bernd);
  expect((await anna.client.addPeople(room, [bernd.me.userId])).ok).toBe(true);
  await act.hasRoom(bernd, "Lage");
  await act.say(anna, room, "willkommen");
  await act.hears(bernd, room, "willkommen");
  expect(await isShown(bernd, spy.me.userId)).toBe(false);
});

test("a phone that was asleep comes to the same verdict, and goes on behind what that member did", async () => {
  const { hannover } = stations();
  const anna = await here.join("Anna");
  const clara = await here.join("Clara");
  const spy = await here.join("Spitzel", {}, await here.enrol("Spitzel", { unitId: hannover.unitId }));
  const room = await act.openGroup(anna, "Lage", [spy, clara]);
  await here.sleep(clara);
  await act.say(spy, room, "von mir");
  await act.hears(anna, room, "von mir");
  await takeOut(hannover.unitId);
  await until(
    anna.client,
    "Anna's list is without the spy",
    async () => !(await isShown(anna, spy.me.userId)),
  );
  await act.say(anna, room, "geheim");
  const again = await here.wake(clara);
  await act.hears(again, room, "geheim");
  await act.say(again, room, "zurück");
  await act.hears(anna, room, "zurück");
});

test("a station goes on after its desk key was stolen: another desk attests the honest ones, with no new letter", async () => {
  const { celle } = stations();
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const clara = await here.join(
    "Clara",
    {},
    await here.enrol("Clara", { unitId: stations().hannover.unitId }),
  );
  const room = await act.openDirect(clara, anna);
  await act.say(clara, room, "eins");
  await act.hears(anna, room, "eins");
  const desk = await newSigner();
  const { deskKeys } = here.organisation.manifest;
  const validUntil = here.organisation.madeAt + 1e9;
  await here.publishManifest({
    deskKeys: [...deskKeys, { key: desk.publicKey, units: [celle.unitId], validUntil }],
  });
  const again = await attestAgain(letter, desk, { displayName: "Anna Neu" });
  await here.publish(routes.postAttestation, again.signedAttestation);
  await here.publishManifest({
    deskKeys: here.organisation.manifest.deskKeys.filter(({ key }) => key !== celle.desk.publicKey),
  });
  await until(clara.client, "Clara knows the new name", async () =>
    (await clara.client.directory()).people.some(({ displayName }) => displayName === "Anna Neu"),
  );
  expect(await isEnded(anna)).toBe(false);
  await act.say(clara, room, "zwei");
  await act.hears(anna, room, "zwei");
  await act.say(anna, room, "drei");
  await act.hears(clara, room, "drei");
});

test("attested again too late, an honest phone that was ended opens again", async () => {
  const { celle } = stations();
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  await here.sleep(anna);
  const desk = await newSigner();
  await takeOut(celle.unitId, desk.publicKey);
  expect((await here.restart(anna).then((locked) => locked.client.open(anna.pin))).ok).toBe(false);
  await here.publish(routes.postAttestation, (await attestAgain(letter, desk)).signedAttestation);
  await act.isOnline(await here.wake(anna));
});

async function moveTo(letter: TestLetter, transfer: boolean): Promise<TestLetter> {
  const { celle, hannover } = stations();
  const { unitId } = hannover;
  if (transfer)
    await here.publish(routes.postTransfer, await signTransfer(letter, celle.desk, { to: unitId }));
  const next = await enrolAgain(letter, { unitId, validFrom: letter.attestation.validFrom + 1 });
  await here.publish(routes.postAttestation, next.signedAttestation);
  return next;
}

test("another unit's desk takes nobody over without a transfer; with one, every room with that person says so", async () => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const clara = await here.join("Clara");
  const room = await act.openDirect(clara, anna);
  await act.say(clara, room, "eins");
  await act.hears(anna, room, "eins");
  await expect(moveTo(letter, false)).rejects.toThrow("transfer-required");
  await here.join("Anna", {}, await moveTo(letter, true));
  await until(clara.client, "Clara is told of the other unit", async () =>
    (await act.noticesOf(clara, room)).some(
      (notice) => notice.type === "changed-unit" && notice.unit === stations().hannover.name,
    ),
  );
  expect((await act.noticesOf(clara, room)).map(({ type }) => type)).toContain("new-device");
});
