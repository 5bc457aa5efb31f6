/** Somebody was taken out behind the backup that is put back, and the server has them in the room again. */
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import * as act from "./officers.ts";
import { openRestoredServer, type RestoredServer } from "./restored-server.ts";
import { until } from "./until.ts";

let here: RestoredServer;
beforeEach(async () => {
  here = await openRestoredServer();
});
afterEach(() => here.close());

const clock = fastClock(20);

async function talk(room: RoomId, people: act.Officer[], when: string): Promise<void> {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

test("whoever was taken out behind the backup and founds the room anew before the others wake holds up nobody, and is out (F14, M10)", async () => {
  const [anna, bernd, clara, dora] = [
    await here.join("Anna", { clock }),
    await here.join("Bernd", { clock }),
    await here.join("Clara", { clock }),
    await here.join("Dora", { clock }),
  ];
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  expect(await anna.client.setRole(room, clara.me.userId, "moderator")).toMatchObject({ ok: true });
  await until(clara.client, "the role", async () => (await clara.client.room(room))?.myRole === "moderator");
  await talk(room, [anna, bernd, clara], "vorher");
  here.backUp();
  await act.knows(anna, dora);
  expect(await anna.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(dora, "Lage");
  await talk(room, [anna, bernd, clara, dora], "seither");
  await here.sleep(clara);
  expect(await anna.client.removePerson(room, clara.me.userId)).toMatchObject({ ok: true });
  for (const each of [anna, bernd, dora]) await act.shows(each, room, ["Anna", "Bernd", "Dora"]);
  for (const each of [anna, bernd, dora]) await here.sleep(each);
  await here.restore();
  const first = await here.wake(clara, { clock });
  await act.noticed(first, room, { type: "refounded", by: "Clara" });
  const people: act.Officer[] = [];
  for (const each of [anna, bernd, dora]) people.push(await here.wake(each, { clock }));
  await talk(room, people, "nachher");
  for (const each of people) await act.shows(each, room, ["Anna", "Bernd", "Dora"]);
  await act.noticed(first, room, { type: "removed-you", by: "Anna" });
  expect(here.bugs).toEqual([]);
});
