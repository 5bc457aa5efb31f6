/** Rooms that recover: healing by oneself, founding anew, and phones that are replaced. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import * as act from "./officers.ts";
import type { OpenWorld } from "./open-world.ts";
import { openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
});
const honest = { sockets: webSockets };
const membersOf = async (viewer: act.Officer, room: RoomId) =>
  (await viewer.client.room(room))?.members.map(({ displayName }) => displayName).sort();

test("a device that dies between the server's yes to its commit and the end of its transaction comes back by itself", async () => {
  let isDeaf = false;
  const anna = await here.join("Anna", {
    sockets: hostileSockets(webSockets, { toClient: (frame) => (isDeaf ? [] : [frame]) }),
  });
  const [bernd, clara] = [await here.join("Bernd"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.isSent(anna, room, "eins");
  await act.knows(anna, clara);
  isDeaf = true;
  await anna.client.addPeople(room, [clara.me.userId]);
  await until(clara.client, "Clara is in", async () => (await clara.client.rooms()).length > 0);
  await here.sleep(anna);
  await act.say(bernd, room, "während Anna fort ist");
  const again = await here.wake(anna, honest);
  await until(again.client, "Anna has come back", async () =>
    (await act.noticesOf(again, room)).some(({ type }) => type === "came-back"),
  );
  // What was sealed while it was out is sealed again for it, and stands once with everybody.
  await act.hears(again, room, "während Anna fort ist");
  await act.say(bernd, room, "wieder da?");
  await act.hears(again, room, "wieder da?");
  await act.say(again, room, "ja");
  for (const one of [bernd, clara]) await act.hears(one, room, "ja");
  expect(await membersOf(again, room)).toEqual(["Anna", "Bernd", "Clara"]);
  for (const one of [again, bernd, clara]) {
    const texts = await act.textsOf(one, room);
    expect(texts.filter((text) => text === "während Anna fort ist")).toHaveLength(1);
    const types = (await act.noticesOf(one, room)).map(({ type }) => type);
    for (const trouble of ["loss", "fork", "unopened", "refused"]) expect(types).not.toContain(trouble);
  }
});

test("whoever was taken out while its device had lost its place does not come back, and is told (M10)", async () => {
  let isDeaf = false;
  const anna = await here.join("Anna", {
    sockets: hostileSockets(webSockets, { toClient: (frame) => (isDeaf ? [] : [frame]) }),
  });
  const [bernd, clara, dora] = [await here.join("Bernd"), await here.join("Clara"), await here.join("Dora")];
  const room = await act.openGroup(bernd, "Lage", [anna, clara]);
  await bernd.client.setRole(room, anna.me.userId, "moderator");
  await act.say(bernd, room, "eins");
  for (const one of [anna, clara]) await act.hears(one, room, "eins");
  await act.knows(anna, dora);
  isDeaf = true;
  await anna.client.addPeople(room, [dora.me.userId]);
  await until(dora.client, "Dora is in", async () => (await dora.client.rooms()).length > 0);
  await here.sleep(anna);
  expect(await bernd.client.removePerson(room, anna.me.userId)).toMatchObject({ ok: true });
  await until(bernd.client, "Anna is out", async () => !(await membersOf(bernd, room))?.includes("Anna"));
  await act.say(bernd, room, "ohne Anna");
  await act.hears(clara, room, "ohne Anna");
  const again = await here.wake(anna, { ...honest, clock: fastClock(50) });
  await until(again.client, "Anna is told", async () =>
    (await act.noticesOf(again, room)).some(({ type }) => type === "removed-you"),
  );
  expect((await again.client.room(room))?.present).toBe(false);
  expect(await act.textsOf(again, room)).not.toContain("ohne Anna");
});
