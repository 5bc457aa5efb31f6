/** Whoever invites sees that somebody is not in: their phone was away, or their Welcome never came whole. */
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { frameLiar } from "../network/frame-liar.ts";
import { lyingRoute } from "../network/hostile-http.ts";
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

/** Whom the information of a room shows as not there yet, asked for anew. */
async function awaitedBy(viewer: act.Officer, room: RoomId): Promise<string[]> {
  await viewer.client.lookWhoHasCome(room);
  const { members = [] } = (await viewer.client.room(room)) ?? {};
  return members.filter(({ awaited }) => awaited).map(({ displayName }) => displayName);
}
const nobodyIsAwaited = (viewer: act.Officer, room: RoomId): Promise<unknown> =>
  until(viewer.client, "everybody is there", async () => (await awaitedBy(viewer, room)).length === 0);

test("whoever was added while their phone slept is shown as not there until it has come", async () => {
  const [anna, bernd, clara] = [await here.join("Anna"), await here.join("Bernd"), await here.join("Clara")];
  await act.knows(anna, bernd);
  await here.sleep(bernd);
  const room = await act.openGroup(anna, "Lage", [clara]);
  await anna.client.addPeople(room, [bernd.me.userId]);
  await act.shows(anna, room, ["Anna", "Bernd", "Clara"]);
  await act.say(anna, room, "wer ist da?");
  await act.hears(clara, room, "wer ist da?");
  await until(anna.client, "only Bernd is awaited", async () =>
    (await awaitedBy(anna, room)).every((name) => name === "Bernd"),
  );
  expect(await awaitedBy(clara, room)).toEqual(["Bernd"]);
  const again = await here.wake(bernd);
  await act.hears(again, room, "wer ist da?");
  for (const one of [anna, clara]) await nobodyIsAwaited(one, room);
});

test("whose Welcome never comes whole is shown as not there to whoever invited, and comes in when it does", async () => {
  const liar = frameLiar();
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd", liar.ports)];
  await act.knows(anna, bernd);
  liar.lie({
    toClient: (frame) =>
      frame.type === "inbox"
        ? [{ ...frame, items: frame.items.map((item) => ({ ...item, roles: [] })) }]
        : [frame],
  });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "hörst du mich?");
  await act.isSent(anna, room, "hörst du mich?");
  expect(await awaitedBy(anna, room)).toEqual(["Bernd"]);
  liar.honest();
  await bernd.client.lock();
  await bernd.client.open(bernd.pin);
  await act.hears(bernd, room, "hörst du mich?");
  await nobodyIsAwaited(anna, room);
});

test("who was added and is said not to have come is shown so, with the server's word, until they are heard", async () => {
  let said: "everybody" | "nobody" = "everybody";
  const http = lyingRoute(routes.getArrivals, () => ({
    awaited: said === "everybody" ? [anna.me.clientId, bernd.me.clientId, clara.me.clientId] : [],
  }));
  const anna: act.Officer = await here.join("Anna", { http });
  const [bernd, clara] = [await here.join("Bernd"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  // Neither this device itself, nor somebody who is not in the tree.
  expect(await awaitedBy(anna, room)).toEqual(["Bernd"]);
  await act.say(bernd, room, "bin da");
  await act.hears(anna, room, "bin da");
  expect(await awaitedBy(anna, room)).toEqual([]);
  await act.knows(anna, clara);
  await anna.client.addPeople(room, [clara.me.userId]);
  await act.shows(anna, room, ["Anna", "Bernd", "Clara"]);
  expect(await awaitedBy(anna, room)).toEqual(["Clara"]);
  said = "nobody";
  expect(await awaitedBy(anna, room)).toEqual([]);
});
