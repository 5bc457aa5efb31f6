/**
 * Somebody is invited while their phone sleeps, and whoever invited has a new phone before it wakes: the Welcome is an ended
 * device's word then. The invited person comes in all the same, by somebody whose word counts.
 */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Ports } from "@nimes/client/ports/ports";
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import { lyingRoute } from "../network/hostile-http.ts";
import { enrolAgain, type TestLetter } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let founder: { officer: act.Officer; letter: TestLetter };
let bernd: act.Officer;
beforeEach(async () => {
  here = await openWorld();
  const letter = await here.enrol("Anna");
  founder = { letter, officer: await here.join("Anna", {}, letter) };
  bernd = await here.join("Bernd");
  await act.knows(founder.officer, bernd);
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** Anna with another phone; the old one is put away. */
async function newPhone(): Promise<act.Officer> {
  const next = await enrolAgain(founder.letter);
  await here.publish(routes.postAttestation, next.signedAttestation);
  const again = await here.join("Anna", { clock: fastClock(20) }, next);
  await here.sleep(founder.officer);
  return again;
}
/**
 * Bernd's phone again, which has heard of Anna's new phone before it sees the Welcome: otherwise it may be in before it knows
 * that the old one has ended.
 */
async function wakeBernd(ports: Partial<Ports> = {}): Promise<act.Officer> {
  const clock = fastClock(20);
  const liar = frameLiar();
  liar.lie({ toClient: (frame) => (frame.type === "inbox" ? [] : [frame]) });
  const first = await here.wake(bernd, { ...liar.ports, clock });
  await until(first.client, "Bernd knows of Anna's new phone", async () =>
    (await first.client.directory()).people.some(
      ({ userId, ended }) => userId === founder.letter.userId && ended !== undefined,
    ),
  );
  await here.sleep(first);
  return here.wake(first, { sockets: webSockets, clock, ...ports });
}

/** Anna adds Bernd to the room while he sleeps, and has a new phone then, of which Clara hears. @returns Anna with it. */
async function inviteAsleep(clara: act.Officer, room: RoomId): Promise<act.Officer> {
  const old = founder.officer;
  await act.say(clara, room, "vor Bernd");
  await act.hears(old, room, "vor Bernd");
  await here.sleep(bernd);
  await old.client.addPeople(room, [bernd.me.userId]);
  await act.shows(clara, room, ["Anna", "Bernd", "Clara"]);
  const anna = await newPhone();
  await until(clara.client, "Clara is told of the new phone", async () =>
    (await act.noticesOf(clara, room)).some(({ type }) => type === "new-device"),
  );
  return anna;
}

async function everybodyIsThere(room: RoomId, viewers: readonly act.Officer[]): Promise<void> {
  for (const viewer of viewers) {
    await act.shows(viewer, room, ["Anna", "Bernd", "Clara"]);
    const types = (await act.noticesOf(viewer, room)).map(({ type }) => type);
    for (const trouble of ["loss", "fork", "unopened", "refused"]) expect(types).not.toContain(trouble);
  }
}

test.for(["whoever invited", "whoever was invited"] as const)(
  "a pair whose one phone never came in before the other was replaced begins anew, %s first",
  async (first) => {
    await here.sleep(bernd);
    const old = await act.openDirect(founder.officer, bernd);
    await act.say(founder.officer, old, "hörst du mich?");
    await act.isSent(founder.officer, old, "hörst du mich?");
    const anna = await newPhone();
    const again = await wakeBernd();
    await act.isOnline(again);
    const [one, other] = first === "whoever invited" ? [anna, again] : [again, anna];
    const room = await act.openDirect(one, other);
    await act.say(one, room, "neu");
    await act.hears(other, room, "neu");
    await act.say(other, room, "jetzt ja");
    await act.hears(one, room, "jetzt ja");
  },
);

test("whoever was invited to a group by a phone that has ended since comes in by itself, and misses nothing", async () => {
  const old = founder.officer;
  const clara = await here.join("Clara");
  await act.knows(old, clara);
  const { userId } = clara.me;
  const made = await old.client.createGroup({ name: "Lage", userIds: [userId], moderators: [userId] });
  if (!made.ok) throw new Error(made.code);
  const room = made.value;
  await act.hasRoom(clara, "Lage");
  const anna = await inviteAsleep(clara, room);
  // Whatever Clara seals, she takes the ended phone out before.
  await act.say(clara, room, "während Bernd schläft");
  await act.isSent(clara, room, "während Bernd schläft");
  const again = await wakeBernd();
  await act.hears(again, room, "während Bernd schläft");
  await act.say(again, room, "bin da");
  await act.hears(clara, room, "bin da");
  await clara.client.addPeople(room, [anna.me.userId]);
  await act.hasRoom(anna, "Lage");
  await act.say(clara, room, "alle da");
  for (const one of [again, anna]) await act.hears(one, room, "alle da");
  await act.say(anna, room, "danke");
  await act.hears(again, room, "danke");
  expect(await act.textsOf(again, room)).not.toContain("vor Bernd");
  await everybodyIsThere(room, [again, clara]);
});

test("and where whoever invited led alone, by somebody who has taken the lead since", async () => {
  const old = founder.officer;
  const clara = await here.join("Clara");
  await act.knows(old, clara);
  const room = await act.openGroup(old, "Lage", [clara]);
  const anna = await inviteAsleep(clara, room);
  await act.say(clara, room, "ohne Annas altes Telefon");
  await act.isSent(clara, room, "ohne Annas altes Telefon");
  // Nobody else leads: Clara says so in the roles, and brings Anna back.
  await clara.client.addPeople(room, [anna.me.userId]);
  await act.hasRoom(anna, "Lage");
  // Roles that do not go on from those of the inviter, or stand nowhere, let nobody in and keep nobody out.
  const lies: ((chain: Signed[]) => Signed[])[] = [
    (chain) => chain.slice(0, 1),
    (chain) => chain.slice(1),
    (chain) => [...chain.slice(0, -1), { ...(chain.at(-1) as Signed), payload: new Uint8Array(40) }],
  ];
  let told = 0;
  const http = lyingRoute(routes.getGroupInfo, (honest) => {
    const lie = lies[told];
    told += 1;
    return lie ? { ...honest, roles: lie(honest.roles) } : honest;
  });
  const again = await wakeBernd({ http });
  await act.say(clara, room, "alle da");
  for (const one of [again, anna]) await act.hears(one, room, "alle da");
  await act.say(again, room, "bin da");
  for (const one of [anna, clara]) await act.hears(one, room, "bin da");
  await everybodyIsThere(room, [again, clara]);
  expect(told).toBeGreaterThan(lies.length);
  const roles = async (viewer: act.Officer) =>
    (await viewer.client.room(room))?.members.map(({ userId, role }) => [userId, role]).sort();
  expect(await roles(again)).toEqual(await roles(clara));
});
