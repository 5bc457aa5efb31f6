/** Clocks that are wrong, and a server that lies about its own: a new phone ends the old one at once all the same. */
import { systemClock } from "@nimes/client/adapters/system-clock";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lyingRoute } from "../network/hostile-http.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import { enrolAgain } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const day = 24 * 60 * 60_000;
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  expect(here.bugs).toEqual([]);
  await here.close();
});

const clockOff = (byMs: number) => ({ ...systemClock, now: () => systemClock.now() + byMs });

test.each([
  ["a day ahead", day],
  ["ten days ahead", 10 * day],
  ["20 hours behind", -20 * 60 * 60_000],
])("a new phone whose clock is %s ends the old one at once, for everybody (F12)", async (_name, offMs) => {
  const letter = await here.enrol("Anna");
  const anna = await here.join("Anna", {}, letter);
  const clara = await here.join("Clara");
  const room = await act.openDirect(clara, anna);
  await act.say(clara, room, "eins");
  await act.hears(anna, room, "eins");
  const next = await enrolAgain(letter);
  await here.publish(routes.postAttestation, next.signedAttestation);
  const again = await here.join("Anna", { clock: clockOff(offMs) }, next);
  await until(clara.client, "Clara is told", async () =>
    (await act.noticesOf(clara, room)).some(({ type }) => type === "new-device"),
  );
  await act.say(clara, room, "geheim");
  expect((await clara.client.addPeople(room, [again.me.userId])).ok).toBe(true);
  await act.hasRoom(again, "Clara");
  await act.say(clara, room, "willkommen");
  await act.hears(again, room, "willkommen");
  expect(await act.textsOf(anna, room)).not.toContain("geheim");
});

test("an honest phone whose clock stands at 2020 is activated, adds people and writes (F12)", async () => {
  const anna = await here.join("Anna", { clock: { ...systemClock, now: () => Date.UTC(2020, 0, 1) } });
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Zugriff um vier");
  await act.isDelivered(anna, room, "Zugriff um vier");
  await act.say(bernd, room, "verstanden");
  await act.hears(anna, room, "verstanden");
});

test("a phone whose clock stands at 2020 and whose server dates its letter to 1970 can try again", async () => {
  const letter = await here.enrol("Anna");
  const clock = { ...systemClock, now: () => Date.UTC(2020, 0, 1) };
  const http = lyingRoute(routes.postActivationLookup, (answer) => ({ ...answer, serverTime: 1 }));
  await expect(here.join("Anna", { clock, http }, letter)).rejects.toThrow("clock-wrong");
  await act.isOnline(await here.join("Anna", { clock }, letter));
});

test.each([
  ["the distant future", () => 4_000_000_000_000],
  ["the distant past", () => 1],
])("a server that dates a genesis to %s makes no phone unusable", async (_name, time) => {
  const http = lyingRoute(routes.postActivationLookup, (answer) => ({ ...answer, serverTime: time() }));
  const letter = await here.enrol("Anna");
  const joined = here.join("Anna", { http }, letter);
  if (time() === 1) {
    const anna = await joined;
    const clara = await here.join("Clara");
    const room = await act.openDirect(clara, anna);
    await act.say(clara, room, "hallo");
    await act.hears(anna, room, "hallo");
    return;
  }
  // Its own server refuses what it has dated so itself; with an honest answer the same letter works.
  await expect(joined).rejects.toThrow("clock-wrong");
  await act.isOnline(await here.join("Anna", {}, letter));
});

test.each([
  ["long ago", 1_000],
  ["in the distant future", 4_000_000_000_000],
])(
  "a server that says it is %s gets nothing sealed for a phone that has ended",
  async (_name, serverTime) => {
    const letter = await here.enrol("Anna");
    const anna = await here.join("Anna", {}, letter);
    const sockets = hostileSockets(webSockets, {
      toClient: (frame) => [frame.type === "signed-in" ? { ...frame, serverTime } : frame],
    });
    const clara = await here.join("Clara", { sockets });
    const room = await act.openDirect(anna, clara);
    await act.say(anna, room, "eins");
    await act.hears(clara, room, "eins");
    const next = await enrolAgain(letter);
    await here.publish(routes.postAttestation, next.signedAttestation);
    const again = await here.join("Anna", {}, next);
    await until(clara.client, "Clara is told", async () =>
      (await act.noticesOf(clara, room)).some(({ type }) => type === "new-device"),
    );
    await act.say(clara, room, "geheim");
    expect((await clara.client.addPeople(room, [again.me.userId])).ok).toBe(true);
    await act.hears(again, room, "geheim");
    const detail = await clara.client.room(room);
    const devices = detail?.members.flatMap((member) => member.devices.map(({ clientId }) => clientId));
    expect(devices).not.toContain(anna.me.clientId);
    expect(await act.textsOf(anna, room)).not.toContain("geheim");
  },
);

test("whoever's attestation has run out is not sealed for any more, and is taken out like an ended device", async () => {
  const letter = await here.enrol("Bernd", { validUntil: Date.now() + day });
  const [anna, bernd, clara] = [
    await here.join("Anna"),
    await here.join("Bernd", {}, letter),
    await here.join("Clara"),
  ];
  const room = await act.openGroup(clara, "Lage", [anna, bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.hears(clara, room, "eins");
  for (const officer of [anna, bernd, clara]) await here.sleep(officer);
  here.clock.pass(2 * day);

  const later = { clock: clockOff(2 * day) };
  // A plain member may take out what has ended, and does so before anything is sealed.
  const writer = await here.wake(anna, later);
  const ran = await here.restart(bernd, later);
  await ran.client.open(ran.pin);
  await act.say(writer, room, "ohne ihn");
  const reader = await here.wake(clara, later);
  await act.hears(reader, room, "ohne ihn");
  for (const officer of [writer, reader])
    await until(officer.client, `${officer.name} shows no device of his`, async () => {
      const detail = await officer.client.room(room);
      return detail?.members.find(({ userId }) => userId === bernd.me.userId)?.devices.length === 0;
    });
  expect(await act.textsOf(ran, room)).not.toContain("ohne ihn");
});
