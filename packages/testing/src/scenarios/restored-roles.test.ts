/** Roles that were given after the backup that is put back. */
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
const join = (name: string): Promise<act.Officer> => here.join(name, { clock });

async function talk(room: RoomId, people: act.Officer[], when: string): Promise<void> {
  for (const each of people) await act.say(each, room, `${each.name} ${when}`);
  for (const each of people) for (const other of people) await act.hears(each, room, `${other.name} ${when}`);
}

const roleOf = async (officer: act.Officer, room: RoomId, other: act.Officer) =>
  (await officer.client.room(room))?.members.find(({ displayName }) => displayName === other.name)?.role;
const seesRole = (officer: act.Officer, room: RoomId, other: act.Officer, role: string) =>
  until(
    officer.client,
    `${officer.name} sees ${other.name} as ${role}`,
    async () => (await roleOf(officer, room, other)) === role,
  );

test("roles that were given by somebody who came after the backup hold behind it (F14)", async () => {
  const [anna, bernd, clara] = [await join("Anna"), await join("Bernd"), await join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await talk(room, [anna, bernd], "vorher");
  here.backUp();
  expect(await anna.client.addPeople(room, [clara.me.userId])).toMatchObject({ ok: true });
  await act.hasRoom(clara, "Lage");
  expect(await anna.client.setRole(room, clara.me.userId, "owner")).toMatchObject({ ok: true });
  await seesRole(clara, room, clara, "owner");
  expect(await clara.client.setRole(room, bernd.me.userId, "moderator")).toMatchObject({ ok: true });
  for (const each of [anna, bernd]) await seesRole(each, room, bernd, "moderator");
  await here.restore();
  await talk(room, [anna, bernd, clara], "nachher");
  for (const each of [anna, bernd, clara]) {
    expect(await roleOf(each, room, bernd)).toBe("moderator");
    expect(await roleOf(each, room, clara)).toBe("owner");
  }
  expect(await bernd.client.setRole(room, anna.me.userId, "member")).toMatchObject({ ok: false });
  expect(await clara.client.setRole(room, bernd.me.userId, "member")).toMatchObject({ ok: true });
  for (const each of [anna, bernd]) await seesRole(each, room, bernd, "member");
  expect(here.bugs).toEqual([]);
});

test("a role that is given before the lost ones are back is said as what it is, and everybody goes on (F14, P4)", async () => {
  const [anna, bernd, clara] = [await join("Anna"), await join("Bernd"), await join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd, clara]);
  expect(await anna.client.setRole(room, bernd.me.userId, "owner")).toMatchObject({ ok: true });
  await seesRole(bernd, room, bernd, "owner");
  await talk(room, [anna, bernd, clara], "vorher");
  here.backUp();
  await here.sleep(bernd);
  expect(await anna.client.setRole(room, clara.me.userId, "moderator")).toMatchObject({ ok: true });
  await seesRole(clara, room, clara, "moderator");
  await here.sleep(anna);
  await here.sleep(clara);
  await here.restore();
  const first = await here.wake(bernd, { clock });
  await act.isOnline(first);
  expect(await first.client.setRole(room, clara.me.userId, "moderator")).toMatchObject({ ok: true });
  await seesRole(first, room, clara, "moderator");
  const people = [first, await here.wake(anna, { clock }), await here.wake(clara, { clock })];
  await talk(room, people, "nachher");
  for (const each of people) {
    expect(await roleOf(each, room, clara)).toBe("moderator");
    expect((await act.noticesOf(each, room)).map(({ type }) => type)).toContain("fork");
  }
  expect(here.bugs).toEqual([]);
});
