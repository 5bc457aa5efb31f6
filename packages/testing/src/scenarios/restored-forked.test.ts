/** A phone that slept while the others went on commits before they wake, where a backup has put the server back. */
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

const clock = fastClock(8);

async function talk(room: RoomId, people: act.Officer[], when: string): Promise<void> {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

test.for([1, 2])(
  "a phone that slept and commits %i times in the epoch of the backup, before anybody else wakes, parts nobody: all come together (F14)",
  async (commits) => {
    const [anna, bernd, clara, dora, emil, frida] = [
      await here.join("Anna", { clock }),
      await here.join("Bernd", { clock }),
      await here.join("Clara", { clock }),
      await here.join("Dora", { clock }),
      await here.join("Emil", { clock }),
      await here.join("Frida", { clock }),
    ];
    const room = await act.openGroup(anna, "Lage", [bernd, clara]);
    expect(await anna.client.setRole(room, clara.me.userId, "moderator")).toMatchObject({ ok: true });
    await talk(room, [anna, bernd, clara], "vorher");
    for (const each of [dora, emil, frida]) for (const by of [anna, clara]) await act.knows(by, each);
    here.backUp();
    await here.sleep(clara);
    expect(await anna.client.addPeople(room, [dora.me.userId])).toMatchObject({ ok: true });
    await act.hasRoom(dora, "Lage");
    await talk(room, [anna, bernd, dora], "seither");
    for (const each of [anna, bernd, dora]) await here.sleep(each);
    await here.restore();
    const first = await here.wake(clara, { clock });
    for (const each of [emil, frida].slice(0, commits)) {
      expect(await first.client.addPeople(room, [each.me.userId])).toMatchObject({ ok: true });
      await act.hasRoom(each, "Lage");
    }
    await act.say(first, room, "noch ohne die anderen");
    await act.isSent(first, room, "noch ohne die anderen");
    const awake = [anna, bernd, dora];
    for (const [index, each] of awake.entries()) awake[index] = await here.wake(each, { clock });
    const people = [first, ...[emil, frida].slice(0, commits), ...awake];
    for (const each of people)
      await act.shows(
        each,
        room,
        people.map(({ name }) => name),
      );
    await talk(room, people, "nachher");
    for (const each of awake.slice(0, 2)) await act.hears(each, room, "noch ohne die anderen");
    expect(here.bugs).toEqual([]);
  },
);

test("whoever alone may found the room anew slept through all of it: the others come back into the group of the backup (F14)", async () => {
  const [anna, bernd, clara] = [
    await here.join("Anna", { clock }),
    await here.join("Bernd", { clock }),
    await here.join("Clara", { clock }),
  ];
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  await talk(room, [anna, bernd, clara], "vorher");
  here.backUp();
  await here.sleep(anna);
  for (const each of [bernd, clara]) await here.sleep(each);
  const pace = { renewAfterMs: Number.POSITIVE_INFINITY, renewAfterMessages: 1, shortestPauseMs: 1 };
  const awake = await here.wake(bernd, { clock, keyPace: pace });
  const other = await here.wake(clara, { clock });
  await act.say(awake, room, "erneuert");
  await act.hears(other, room, "erneuert");
  await here.restore();
  const owner = await here.wake(anna, { clock });
  await talk(room, [owner, awake, other], "nachher");
  expect(here.bugs).toEqual([]);
});
