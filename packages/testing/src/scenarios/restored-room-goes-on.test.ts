/** A backup of the rooms is put back as docs/operation.md says: every room goes on, and says once what may be missing. */

import { fromHex } from "@nimes/protocol/bytes";
import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { firstGroupOf } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { acceptanceOf, frameLiar } from "../network/frame-liar.ts";
import * as act from "./officers.ts";
import { openRestoredServer, type RestoredServer } from "./restored-server.ts";
import { until } from "./until.ts";

let here: RestoredServer;
beforeEach(async () => {
  here = await openRestoredServer();
});
afterEach(() => here.close());

type Room = { room: RoomId; people: act.Officer[] };

/** Clocks that run fast: what is waited for takes a moment. */
const join = (name: string): Promise<act.Officer> => here.join(name, { clock: fastClock(20) });

async function group(...names: string[]): Promise<Room> {
  const people: act.Officer[] = [];
  for (const name of names) people.push(await join(name));
  const [first, ...others] = people;
  if (!first) throw new Error("a room has people");
  const room = await act.openGroup(first, "Lage", others);
  await talk({ room, people }, "vorher");
  return { room, people };
}

/** Everybody says something, and everybody hears it. */
async function talk({ room, people }: Room, when: string): Promise<void> {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

/** Nothing twice, one line about it, and none about anything else. */
async function isSound({ room, people }: Room, times = 1): Promise<void> {
  for (const each of people) {
    const texts = await act.textsOf(each, room);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    const types = (await act.noticesOf(each, room)).map(({ type }) => type);
    expect(types.filter((type) => type === "restored")).toHaveLength(times);
    const alarms = types.filter((type) => ["fork", "loss", "unopened", "refused", "withheld"].includes(type));
    expect({ of: each.name, alarms }).toEqual({ of: each.name, alarms: [] });
  }
  expect(here.bugs).toEqual([]);
}

test("what one had and the other had not comes again behind a restored backup, nothing twice, said once (F14)", async () => {
  const { room, people } = await group("Anna", "Bernd", "Clara");
  const [anna, bernd, clara] = people as [act.Officer, act.Officer, act.Officer];
  here.backUp();
  await here.sleep(clara);
  await act.say(anna, room, "nur bei Bernd");
  await act.hears(bernd, room, "nur bei Bernd");
  await here.restore();
  const awake = await here.wake(clara, { clock: fastClock(20) });
  await act.hears(awake, room, "nur bei Bernd");
  const now = { room, people: [anna, bernd, awake] };
  await talk(now, "nachher");
  await isSound(now);
});

test("a reaction that the server has lost comes to whoever slept, as it was in the end (F14)", async () => {
  const { room, people } = await group("Anna", "Bernd", "Clara");
  const [anna, bernd, clara] = people as [act.Officer, act.Officer, act.Officer];
  const marked = async (one: act.Officer) =>
    (await act.messagesOf(one, room)).find(({ body }) => body.kind === "text" && body.text === "Anna vorher");
  const sees = (one: act.Officer, emoji: string) =>
    until(one.client, `${one.name} sees ${emoji}`, async () => {
      const [first] = (await marked(one))?.marks?.reaction ?? [];
      return first?.emoji === emoji;
    });
  here.backUp();
  await here.sleep(clara);
  const message = await marked(bernd);
  if (!message) throw new Error("everybody has said something");
  for (const emoji of ["👍", "❤️"]) {
    await bernd.client.mark(room, { kind: "reaction", to: message.messageId, emoji });
    await sees(anna, emoji);
  }
  await here.restore();
  const awake = await here.wake(clara, { clock: fastClock(20) });
  await sees(awake, "❤️");
  const now = { room, people: [anna, bernd, awake] };
  await talk(now, "nachher");
  for (const each of now.people) await sees(each, "❤️");
  await isSound(now);
});

test("whoever was added after the backup, and the key that was renewed, are there behind it: everybody talks (F14)", async () => {
  const { room, people } = await group("Anna", "Bernd");
  const [anna, bernd] = people as [act.Officer, act.Officer];
  const dora = await join("Dora");
  await act.knows(anna, dora);
  here.backUp();
  expect(await anna.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  const now = { room, people: [anna, bernd, dora] };
  await talk(now, "seither");
  await here.restore();
  await talk(now, "nachher");
  await isSound(now);
  for (const each of now.people) await act.shows(each, room, ["Anna", "Bernd", "Dora"]);
});

test("roles that were given after the backup hold behind it, and go on (F14)", async () => {
  const { room, people } = await group("Anna", "Bernd", "Clara");
  const [anna, bernd, clara] = people as [act.Officer, act.Officer, act.Officer];
  const dora = await join("Dora");
  await act.knows(bernd, dora);
  here.backUp();
  await here.sleep(clara);
  expect(await anna.client.setRole(room, bernd.me.userId, "moderator")).toMatchObject({ ok: true });
  await until(bernd.client, "the role", async () => (await bernd.client.room(room))?.myRole === "moderator");
  await here.restore();
  await talk({ room, people: [anna, bernd] }, "nachher");
  expect(await bernd.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  const awake = await here.wake(clara, { clock: fastClock(20) });
  await talk({ room, people: [anna, bernd, awake, dora] }, "zuletzt");
  await isSound({ room, people: [anna, bernd, awake] });
  expect(
    (await awake.client.room(room))?.members.find(({ displayName }) => displayName === "Bernd")?.role,
  ).toBe("moderator");
});

test("a phone that was away during backup, work and restore comes in where the others are (F14)", async () => {
  const { room, people } = await group("Anna", "Bernd", "Clara");
  const [anna, bernd, clara] = people as [act.Officer, act.Officer, act.Officer];
  const dora = await join("Dora");
  await act.knows(anna, dora);
  await here.sleep(clara);
  await act.say(anna, room, "vor der Sicherung");
  await act.hears(bernd, room, "vor der Sicherung");
  here.backUp();
  expect(await anna.client.setRole(room, bernd.me.userId, "moderator")).toMatchObject({ ok: true });
  expect(await anna.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  await talk({ room, people: [anna, bernd, dora] }, "seither");
  await here.sleep(dora);
  await here.restore();
  await talk({ room, people: [anna, bernd] }, "nachher");
  const [lateClara, lateDora] = [
    await here.wake(clara, { clock: fastClock(20) }),
    await here.wake(dora, { clock: fastClock(20) }),
  ];
  await act.hears(lateClara, room, "vor der Sicherung");
  const now = { room, people: [anna, bernd, lateClara, lateDora] };
  for (const each of now.people) await act.shows(each, room, ["Anna", "Bernd", "Clara", "Dora"]);
  await talk(now, "zuletzt");
  await isSound({ room, people: [anna, bernd] });
});

test("the same backup put back twice is said twice, and no number is given out again (F14)", async () => {
  const now = await group("Anna", "Bernd");
  here.backUp();
  for (const when of ["seither", "nachher", "zuletzt"]) {
    await talk(now, when);
    if (when !== "zuletzt") await here.restore();
  }
  await isSound(now, 2);
});

test("a backup that is taken and put back while everybody writes loses nothing that a device has, and doubles nothing (F14)", async () => {
  const now = await group("Anna", "Bernd");
  const { room, people } = now;
  const write = async (part: string): Promise<string[]> => {
    const texts = people.flatMap(({ name }) =>
      Array.from({ length: 20 }, (_, index) => `${name} ${part} ${index}`),
    );
    for (const text of texts)
      await act.say(people[text.startsWith("Anna") ? 0 : 1] as act.Officer, room, text);
    return texts;
  };
  const first = write("eins");
  here.backUp();
  const texts = [...(await first), ...(await write("zwei"))];
  const third = write("drei");
  await here.restore();
  texts.push(...(await third));
  for (const each of people) for (const text of texts) await act.hears(each, room, text);
  await isSound(now);
});

test("two whose backup is older than what both wrote and renewed go on together (F14)", async () => {
  const [anna, bernd] = [await join("Anna"), await join("Bernd")];
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Anna vorher");
  await act.hears(bernd, room, "Anna vorher");
  here.backUp();
  const now = { room, people: [anna, bernd] };
  await talk(now, "seither");
  for (const each of now.people) await here.sleep(each);
  await here.restore();
  const awake = { room, people: [] as act.Officer[] };
  for (const each of now.people) awake.people.push(await here.wake(each, { clock: fastClock(20) }));
  await talk(awake, "nachher");
  await isSound(awake);
});

test("a server that invents that it was restored, and is honest again, ends nothing and loses nothing (F14)", async () => {
  const liar = frameLiar();
  const anna = await join("Anna");
  const bernd = await here.join("Bernd", { ...liar.ports, clock: fastClock(20) });
  const room = await act.openGroup(anna, "Lage", [bernd]);
  const now = { room, people: [anna, bernd] };
  await talk(now, "vorher");
  const invented: RestoredEntry = {
    sequence: 5_000_000,
    kind: "restored",
    time: Date.now(),
    from: 2,
    groupId: fromHex("07".repeat(32)),
    epoch: 0,
    rolesVersion: 1,
  };
  // Said again when it is asked for again.
  liar.lie({
    toClient: (frame) =>
      frame.type === "caught-up" || frame.type === "pong"
        ? [{ type: "entries", roomId: room, entries: [invented] }, frame]
        : [frame],
  });
  await act.noticed(bernd, room, { type: "restored" });
  liar.honest();
  await talk(now, "nachher");
  for (const each of now.people) {
    const texts = await act.textsOf(each, room);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    expect(texts).toHaveLength(4);
    expect((await each.client.room(room))?.trouble).toBeUndefined();
  }
  expect(here.bugs).toEqual([]);
});

test("what somebody wrote while the server invented to be restored, and showed to them alone, comes to the others when it is honest again (F14, P4)", async () => {
  const liar = frameLiar();
  const anna = await join("Anna");
  const bernd = await here.join("Bernd", { ...liar.ports, clock: fastClock(20) });
  const room = await act.openGroup(anna, "Lage", [bernd]);
  const now = { room, people: [anna, bernd] };
  await talk(now, "vorher");
  const sequence = 5_000_000;
  const head = { time: Date.now(), epoch: 1 };
  const shown: Entry[] = [
    {
      ...{ ...head, sequence, kind: "restored", from: 2 },
      ...{ groupId: fromHex(firstGroupOf(room)), rolesVersion: 1 },
    },
  ];
  const entries = (): ServerFrame => ({ type: "entries", roomId: room, entries: [...shown] });
  liar.lie({
    toClient: (frame) => (frame.type === "caught-up" || frame.type === "pong" ? [entries(), frame] : [frame]),
    swallow(frame) {
      if (frame.type !== "submit" || frame.submission.kind !== "application") return undefined;
      const { submissionId, submission } = frame;
      const place = sequence + shown.length;
      const { bytes, epoch } = submission;
      const sender = bernd.me.clientId;
      shown.push({ ...head, sequence: place, kind: "application", epoch, sender, submissionId, bytes });
      return [acceptanceOf(frame, place), entries()];
    },
  });
  await act.noticed(bernd, room, { type: "restored" });
  await act.say(bernd, room, "nur in der Lüge");
  await until(bernd.client, "it is shown", async () => bernd.acknowledged(room) > sequence);
  liar.honest();
  await act.say(anna, room, "ehrlich");
  await act.hears(bernd, room, "ehrlich");
  await here.stopServer();
  await here.startServer();
  await act.hears(anna, room, "nur in der Lüge");
  for (const each of now.people) expect(await act.textsOf(each, room)).toHaveLength(4);
  expect(here.bugs).toEqual([]);
});
