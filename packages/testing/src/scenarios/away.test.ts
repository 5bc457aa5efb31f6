/** Away while others took this device out and added it again: it reads how its time before ended, and comes back. */
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";

let here: OpenWorld;
let anna: act.Officer;
let bernd: act.Officer;
let clara: act.Officer;
let room: RoomId;
let liar: ReturnType<typeof frameLiar>;
beforeEach(async () => {
  here = await openWorld();
  anna = await here.join("Anna");
  liar = frameLiar();
  bernd = await here.join("Bernd");
  clara = await here.join("Clara", { ...liar.ports, clock: fastClock(20) });
  room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  await act.isDelivered(anna, room, "eins");
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** Something said while she is there, which she has not read; taken out, something said without her, and added again. */
async function outAndIn(time: number): Promise<void> {
  await act.say(anna, room, `mit Clara ${time}`);
  await act.hears(bernd, room, `mit Clara ${time}`);
  const said = `ohne Clara ${time}`;
  expect((await anna.client.removePerson(room, clara.me.userId)).ok).toBe(true);
  await act.shows(bernd, room, ["Anna", "Bernd"]);
  await act.say(anna, room, said);
  await act.hears(bernd, room, said);
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await act.shows(bernd, room, ["Anna", "Bernd", "Clara"]);
}

test.each([1, 2])(
  "taken out and added again %i times while away: back, without what was said meanwhile (M10, P7)",
  async (times) => {
    await here.sleep(clara);
    for (let time = 1; time <= times; time += 1) await outAndIn(time);
    const there = Array.from({ length: times }, (_, index) => `mit Clara ${index + 1}`);
    await act.say(anna, room, "zwei");
    const back = await here.wake(clara);
    await act.hears(back, room, "zwei");
    await act.say(back, room, "wieder da");
    for (const one of [anna, bernd]) await act.hears(one, room, "wieder da");
    expect(await act.textsOf(back, room)).toEqual(["eins", ...there, "zwei", "wieder da"]);
    const notices = (await act.noticesOf(back, room)).map(({ type }) => type);
    expect(notices).toContain("removed-you");
    for (const alarm of ["withheld", "loss", "fork"]) expect(notices).not.toContain(alarm);
  },
);

test("a Welcome without the log that goes before it brings nobody anywhere: the device waits, and comes back when the server shows it", async () => {
  await here.sleep(clara);
  await outAndIn(1);
  await act.say(anna, room, "zwei");
  // Only what begins where she was added again.
  liar.lie({ toClient: (frame) => (frame.type === "entries" && !frame.previous ? [] : [frame]) });
  const back = await here.wake(clara);
  await act.noticed(back, room, { type: "withheld" });
  expect(await act.textsOf(back, room)).toEqual(["eins"]);
  expect((await act.noticesOf(back, room)).map(({ type }) => type)).not.toContain("removed-you");
  liar.lie({});
  await act.hears(back, room, "zwei");
  expect(await act.textsOf(back, room)).toEqual(["eins", "mit Clara 1", "zwei"]);
});

test("a Welcome that was held back and is said to go with a place ahead changes nothing for whoever is in the room (P9)", async () => {
  await here.sleep(clara);
  for (const time of [1, 2]) await outAndIn(time);
  await act.say(anna, room, "zwei");
  let held: ServerFrame | undefined;
  liar.lie({
    toClient(frame) {
      if (frame.type !== "inbox" || (held && frame.items[0]?.sequence !== sequenceOf(held))) return [frame];
      held = frame;
      return [];
    },
  });
  const back = await here.wake(clara);
  await act.hears(back, room, "zwei");
  for (const ahead of [1_000, 0]) {
    // Sound, never opened, and older than where this device is.
    const isTold = liar.lieOnce("entries", (frame) => (held ? [inPlace(held, ahead), frame] : undefined));
    await act.say(anna, room, `drei ${ahead}`);
    await act.hears(back, room, `drei ${ahead}`);
    expect(isTold()).toBe(true);
    await act.say(back, room, `noch da ${ahead}`);
    await act.hears(anna, room, `noch da ${ahead}`);
  }
  expect(await act.membersOf(back, room)).toEqual(["Anna", "Bernd", "Clara"]);
});

const sequenceOf = (frame: ServerFrame): number | undefined =>
  frame.type === "inbox" ? frame.items[0]?.sequence : undefined;
const inPlace = (frame: ServerFrame, ahead: number): ServerFrame =>
  frame.type === "inbox"
    ? {
        ...frame,
        items: frame.items.map((item) => ({ ...item, roomSequence: item.roomSequence + ahead })),
      }
    : frame;
