/**
 * What a server says of itself and of others beside the log, each value as a lie told once; afterwards it is honest. Nothing
 * stops, nothing is shown as delivered that is not, and nobody is cut off.
 */
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { type FrameLiar, frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

/** One world for all lies. Anna is lied to; Bernd sleeps, so that nothing is delivered before he wakes. */
let here: OpenWorld;
let liar: FrameLiar;
let anna: act.Officer;
let bernd: act.Officer;
let room: RoomId;
beforeAll(async () => {
  here = await openWorld();
  liar = frameLiar();
  anna = await here.join("Anna", { ...liar.ports, clock: fastClock(20) });
  bernd = await here.join("Bernd");
  room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eins");
  await act.isDelivered(anna, room, "eins");
});
afterAll(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const huge = 9_000_000_000_000_000;
type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;
type Opened = FrameOf<"signed-in">;
const openings: [what: string, lie: (frame: Opened) => Opened][] = [
  ["the distant future as its time", (frame) => ({ ...frame, serverTime: huge })],
  ["1970 as its time", (frame) => ({ ...frame, serverTime: 0 })],
  ["that no key package is left", (frame) => ({ ...frame, keyPackagesLeft: 0 })],
  ["that countless key packages are left", (frame) => ({ ...frame, keyPackagesLeft: huge })],
  ["a directory that is far ahead", (frame) => ({ ...frame, directorySequence: huge })],
  ["an empty directory", (frame) => ({ ...frame, directorySequence: 0 })],
];

/** Anna hears and is heard, and meets somebody new. */
async function goesOn(): Promise<void> {
  liar.honest();
  const number = (await act.textsOf(anna, room)).length;
  await act.say(anna, room, `Frage ${number}`);
  await act.hears(bernd, room, `Frage ${number}`);
  await act.say(bernd, room, `Antwort ${number}`);
  await act.hears(anna, room, `Antwort ${number}`);
}

test.for(openings)(
  "at the opening: %s. The phone works on, and knows who comes later",
  async ([what, lie]) => {
    const isTold = liar.lieOnce("signed-in", (frame) => [lie(frame)]);
    await here.sleep(anna);
    anna = await here.wake(anna);
    await until(anna.client, "the lie was told", async () => isTold());
    await goesOn();
    const newcomer = await here.join(`Neu: ${what}`);
    await act.knows(anna, newcomer);
    const direct = await act.openDirect(newcomer, anna);
    await act.say(newcomer, direct, "hallo");
    await act.hears(anna, direct, "hallo");
    await here.sleep(newcomer);
  },
);

const someUser = (): FrameOf<"key-packages-available">["userId"] => bernd.me.userId;
const hints: [what: string, hint: () => ServerFrame][] = [
  ["delivered far ahead", () => ({ type: "delivered", roomId: room, sequence: huge })],
  ["delivered at place 0", () => ({ type: "delivered", roomId: room, sequence: 0 })],
  [
    "delivered in no room of hers",
    () => ({ type: "delivered", roomId: "cd".repeat(32) as RoomId, sequence: 9 }),
  ],
  ["key packages low", () => ({ type: "key-packages-low", left: 0 })],
  ["key packages countless", () => ({ type: "key-packages-low", left: huge })],
  ["key packages for somebody", () => ({ type: "key-packages-available", userId: someUser() })],
  ["a directory far ahead", () => ({ type: "directory-changed", sequence: huge })],
  ["new orders", () => ({ type: "orders-changed" })],
  ["wake", () => ({ type: "wake" })],
  ["pong", () => ({ type: "pong" })],
  ["caught up", () => ({ type: "caught-up" })],
  ["another challenge", () => ({ type: "challenge", challenge: new Uint8Array(32) })],
  ["closing, because the token is over", () => ({ type: "closing", code: "unauthorised" })],
  ["closing, for want of room", () => ({ type: "closing", code: "unavailable" })],
  [
    "an answer to nothing",
    () => ({ type: "accepted", submissionId: "ab".repeat(16) as never, roomId: room, sequence: 1, time: 1 }),
  ],
];

test.for(hints)("an invented hint, %s: nothing stops, and no tick that is not earned", async ([, hint]) => {
  await here.sleep(bernd);
  const word = `schläft ${(await act.textsOf(anna, room)).length}`;
  const isTold = liar.lieOnce("accepted", (frame) => [frame, hint()]);
  await act.say(anna, room, word);
  await until(anna.client, "the hint was told", async () => isTold());
  await act.isSent(anna, room, word);
  expect(await act.deliveryOf(anna, room, word)).toEqual({ state: "sent" });
  const state = await anna.client.state();
  expect(state.state).toBe("ready");
  bernd = await here.wake(bernd);
  await goesOn();
  await act.isDelivered(anna, room, word);
});
