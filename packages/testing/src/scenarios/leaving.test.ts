/** Leaving a room: what is signed counts in the epoch in which it was written, and the wish stands until the log shows it. */
import { fromHex } from "@nimes/protocol/bytes";
import type { Entry, FullEntry, RestoredEntry } from "@nimes/protocol/entry";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { firstGroupOf } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { entriesOf, frameLiar } from "../network/frame-liar.ts";
import { retoldLog } from "../network/hostile-server.ts";
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

const hasNotice = (viewer: act.Officer, room: RoomId, what: string): Promise<unknown> =>
  until(viewer.client, `${viewer.name} is told: ${what}`, async () =>
    (await act.noticesOf(viewer, room)).some(({ type }) => type === what),
  );

test("a leaving that the server shows again takes nobody out who was added again (M6)", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna");
  const [bernd, clara] = [await here.join("Bernd", liar.ports), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  let replays = false;
  let left: FullEntry | undefined;
  const lies = retoldLog((entry) => {
    if (entry.kind === "leave") left = entry;
    if (!replays || !left || entry.kind !== "application") return [entry];
    replays = false;
    return [left, entry];
  });
  liar.lie(lies);
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  await clara.client.leaveRoom(room);
  for (const one of [anna, bernd]) await hasNotice(one, room, "left");
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await until(clara.client, "Clara is back", async () => (await clara.client.room(room))?.present);
  for (const one of [anna, bernd]) await act.shows(one, room, ["Anna", "Bernd", "Clara"]);
  replays = true;
  await act.say(anna, room, "zwei");
  for (const one of [bernd, clara]) await act.hears(one, room, "zwei");
  expect(replays).toBe(false);
  // Bernd would take out whoever has left before he writes.
  await act.say(bernd, room, "drei");
  for (const one of [anna, clara]) await act.hears(one, room, "drei");
  for (const one of [anna, bernd, clara]) await act.shows(one, room, ["Anna", "Bernd", "Clara"]);
  expect((await act.noticesOf(bernd, room)).filter(({ type }) => type === "left")).toHaveLength(1);
});

test("a server that says to be restored to the epoch of a leaving and shows it again takes nobody out, for whoever read it and for whoever came since (M6, F14)", async () => {
  const [liar, other] = [frameLiar(), frameLiar()];
  const clock = fastClock(20);
  const [anna, clara] = [await here.join("Anna"), await here.join("Clara")];
  const bernd = await here.join("Bernd", { ...liar.ports, clock });
  const dora = await here.join("Dora", { ...other.ports, clock });
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await clara.client.leaveRoom(room);
  for (const one of [anna, bernd]) await hasNotice(one, room, "left");
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await until(clara.client, "Clara is back", async () => (await clara.client.room(room))?.present);
  await act.knows(anna, dora);
  expect((await anna.client.addPeople(room, [dora.me.userId])).ok).toBe(true);
  await act.hasRoom(dora, "Lage");
  for (const one of [bernd, dora]) await act.shows(one, room, ["Anna", "Bernd", "Clara", "Dora"]);
  const left = entriesOf(liar).find(({ kind }) => kind === "leave");
  if (left?.kind !== "leave") throw new Error("Clara has left once");
  const sequence = 5_000_000;
  const restored: RestoredEntry = {
    ...{ sequence, kind: "restored", time: Date.now(), from: 2, rolesVersion: 1 },
    ...{ groupId: fromHex(firstGroupOf(room)), epoch: left.epoch },
  };
  const entries: Entry[] = [restored, { ...left, sequence: sequence + 1 }];
  for (const one of [liar, other])
    one.lie({
      toClient: (frame) =>
        frame.type === "caught-up" || frame.type === "pong"
          ? [{ type: "entries", roomId: room, entries }, frame]
          : [frame],
    });
  for (const one of [bernd, dora])
    await until(one.client, "it is read", async () => one.acknowledged(room) > sequence);
  for (const one of [bernd, dora]) {
    const notices = (await act.noticesOf(one, room)).filter(({ type }) => type === "left");
    expect(notices).toHaveLength(one === bernd ? 1 : 0);
    await act.shows(one, room, ["Anna", "Bernd", "Clara", "Dora"]);
  }
});

test("a leaving that crosses with a commit is signed again behind it, by itself, and nothing is lost (P5)", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna");
  const [bernd, dora] = [await here.join("Bernd"), await here.join("Dora")];
  const clara = await here.join("Clara", { ...liar.ports, clock: fastClock(20) });
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await act.say(anna, room, "eins");
  for (const one of [bernd, clara]) await act.hears(one, room, "eins");
  await act.knows(anna, dora);
  // Clara's app hears of nothing until it has been told that it comes too late.
  const held: ServerFrame[] = [];
  let tooLate = 0;
  liar.lie({
    toClient(frame) {
      if (frame.type === "refused" && frame.code === "stale-epoch") {
        tooLate += 1;
        return [frame, ...held.splice(0)];
      }
      if (tooLate > 0 || frame.type !== "entries") return [frame];
      held.push(frame);
      return [];
    },
  });
  expect((await anna.client.addPeople(room, [dora.me.userId])).ok).toBe(true);
  await act.hasRoom(dora, "Lage");
  await act.say(dora, room, "da");
  await act.hears(anna, room, "da");
  expect(await clara.client.leaveRoom(room)).toEqual({ ok: true, value: undefined });
  for (const one of [anna, bernd, dora]) await hasNotice(one, room, "left");
  await until(clara.client, "Clara is out", async () => (await clara.client.room(room))?.present === false);
  expect(tooLate).toBeGreaterThan(0);
  expect(await act.textsOf(clara, room)).toEqual(["eins", "da"]);
  await act.say(bernd, room, "ohne Clara");
  for (const one of [anna, dora]) await act.hears(one, room, "ohne Clara");
  for (const one of [anna, bernd, dora]) await act.shows(one, room, ["Anna", "Bernd", "Dora"]);
});

test("a wish to leave survives a restart, is shown, and ends with the leaving: whoever is added again stays", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna");
  const clara = await here.join("Clara", { ...liar.ports, clock: fastClock(20) });
  const room = await act.openGroup(anna, "Lage", [clara]);
  await act.say(anna, room, "eins");
  await act.hears(clara, room, "eins");
  // The server says that it has taken it, and shows nothing.
  liar.lie({
    swallow: (frame) =>
      frame.type === "submit" && frame.submission.kind === "leave"
        ? [{ type: "accepted", submissionId: frame.submissionId, roomId: room, sequence: 9, time: 1 }]
        : undefined,
  });
  expect((await clara.client.leaveRoom(room)).ok).toBe(true);
  expect(await clara.client.room(room)).toMatchObject({ present: true, isLeaving: true, mayLeave: false });
  await here.sleep(clara);
  liar.honest();
  const again = await here.wake(clara);
  await hasNotice(anna, room, "left");
  await until(again.client, "Clara is out", async () => (await again.client.room(room))?.present === false);
  expect((await anna.client.addPeople(room, [clara.me.userId])).ok).toBe(true);
  await until(again.client, "Clara is back", async () => (await again.client.room(room))?.present);
  await act.say(again, room, "wieder da");
  await act.hears(anna, room, "wieder da");
  expect(await again.client.room(room)).toMatchObject({ isLeaving: false, mayLeave: true });
});
