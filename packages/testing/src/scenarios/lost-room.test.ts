/** A room that was founded after the backup that is put back: the server knows nothing of it. */
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import * as act from "./officers.ts";
import { openRestoredServer, type RestoredServer } from "./restored-server.ts";

let here: RestoredServer;
beforeEach(async () => {
  here = await openRestoredServer();
});
afterEach(() => here.close());

const join = (name: string): Promise<act.Officer> => here.join(name, { clock: fastClock(20) });

async function talk(room: RoomId, people: act.Officer[], when: string): Promise<void> {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

async function isSound(room: RoomId, people: act.Officer[]): Promise<void> {
  for (const each of people) {
    const texts = await act.textsOf(each, room);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    const types = (await act.noticesOf(each, room)).map(({ type }) => type);
    expect({ of: each.name, said: types.filter((type) => type === "restored") }).toEqual({
      of: each.name,
      said: ["restored"],
    });
    const alarms = types.filter((type) => ["fork", "loss", "unopened", "refused", "withheld"].includes(type));
    expect({ of: each.name, alarms }).toEqual({ of: each.name, alarms: [] });
  }
  expect(here.bugs).toEqual([]);
}

test("a group that was founded after the backup comes back as soon as its founder writes, with what was written in it (F14)", async () => {
  const [anna, bernd, clara] = [await join("Anna"), await join("Bernd"), await join("Clara")];
  here.backUp();
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  const people = [anna, bernd, clara];
  expect(await anna.client.setRole(room, bernd.me.userId, "moderator")).toMatchObject({ ok: true });
  await talk(room, people, "vorher");
  await here.restore();
  await talk(room, people, "nachher");
  await isSound(room, people);
  for (const each of people) await act.shows(each, room, ["Anna", "Bernd", "Clara"]);
  expect((await clara.client.room(room))?.members.find(({ role }) => role === "moderator")?.displayName).toBe(
    "Bernd",
  );
});

test("two who began to write to each other after the backup go on in the same room (F14)", async () => {
  const [anna, bernd] = [await join("Anna"), await join("Bernd")];
  here.backUp();
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Anna zuerst");
  await act.hears(bernd, room, "Anna zuerst");
  await here.restore();
  await talk(room, [anna, bernd], "nachher");
  await isSound(room, [anna, bernd]);
});

test("whoever has founded it need not write: another room says that a backup was put back (F14)", async () => {
  const [anna, bernd] = [await join("Anna"), await join("Bernd")];
  const older = await act.openDirect(anna, bernd);
  await act.say(anna, older, "Hallo");
  await act.hears(bernd, older, "Hallo");
  here.backUp();
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await talk(room, [anna, bernd], "vorher");
  await here.restore();
  await act.say(bernd, room, "Bernd nachher");
  await act.hears(anna, room, "Bernd nachher");
  await isSound(room, [anna, bernd]);
});
