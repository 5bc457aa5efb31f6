/** Reactions: one emoji of each person on each message, seen by everybody. */
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
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

async function messageIn(officer: act.Officer, room: RoomId, text: string) {
  const found = (await act.messagesOf(officer, room)).find(
    ({ body }) => body.kind === "text" && body.text === text,
  );
  if (!found) throw new Error(`no message "${text}"`);
  return found;
}
const react = async (officer: act.Officer, room: RoomId, text: string, emoji?: string) => {
  const { messageId: to } = await messageIn(officer, room, text);
  return officer.client.mark(room, { kind: "reaction", to, ...(emoji !== undefined && { emoji }) });
};
/** Emoji, who, and whether it is the own one. */
const reactionsOf = async (officer: act.Officer, room: RoomId, text: string) =>
  ((await messageIn(officer, room, text)).marks?.reaction ?? []).map(
    ({ emoji, people, own }) => `${emoji} ${people.join()}${own ? " (own)" : ""}`,
  );
const sees = (officer: act.Officer, room: RoomId, wanted: readonly string[]) =>
  until(officer.client, `${officer.name} sees ${wanted.join()}`, async () => {
    const seen = await reactionsOf(officer, room, "Treffpunkt Rathaus");
    return seen.join("|") === wanted.join("|");
  });

test("each person has one reaction on a message; the last counts, and it is taken back", async () => {
  const [anna, bernd, clara] = [await here.join("Anna"), await here.join("Bernd"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Streife", [bernd, clara]);
  await act.say(anna, room, "Treffpunkt Rathaus");
  for (const other of [bernd, clara]) await act.hears(other, room, "Treffpunkt Rathaus");
  const unread = (await bernd.client.room(room))?.unread;

  expect(await react(bernd, room, "Treffpunkt Rathaus", "👍")).toMatchObject({ ok: true });
  // The own one at once, before anybody else knows of it.
  expect(await reactionsOf(bernd, room, "Treffpunkt Rathaus")).toEqual(["👍 Bernd (own)"]);
  await sees(anna, room, ["👍 Bernd"]);
  await react(clara, room, "Treffpunkt Rathaus", "👍");
  await sees(anna, room, ["👍 Bernd,Clara"]);
  await react(bernd, room, "Treffpunkt Rathaus", "👮🏼‍♀️");
  await sees(anna, room, ["👍 Clara", "👮🏼‍♀️ Bernd"]);
  await react(clara, room, "Treffpunkt Rathaus");
  for (const officer of [anna, clara]) await sees(officer, room, ["👮🏼‍♀️ Bernd"]);
  await sees(bernd, room, ["👮🏼‍♀️ Bernd (own)"]);
  // No message, no count, no line in the list.
  expect(await act.textsOf(anna, room)).toEqual(["Treffpunkt Rathaus"]);
  expect(await bernd.client.room(room)).toMatchObject({ unread, last: { preview: { kind: "text" } } });

  await here.sleep(bernd);
  await sees(await here.wake(bernd), room, ["👮🏼‍♀️ Bernd (own)"]);
});

test("who changes their mind without network sends what counts in the end", async () => {
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd")];
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Treffpunkt Rathaus");
  await act.hears(bernd, await act.hasRoom(bernd, "Anna"), "Treffpunkt Rathaus");
  await here.stopServer();
  await until(bernd.client, "offline", async () => {
    const state = await bernd.client.state();
    return state.state === "ready" && state.connection.state !== "online";
  });
  for (const emoji of ["👍", "❌", undefined, "✅"]) await react(bernd, room, "Treffpunkt Rathaus", emoji);
  await sees(bernd, room, ["✅ Bernd (own)"]);
  await here.startServer();
  for (const officer of [anna, bernd]) await officer.client.reconnect();
  await sees(anna, room, ["✅ Bernd"]);
  await act.say(bernd, room, "danach");
  await act.hears(anna, room, "danach");
  const [first, second] = await Promise.all(
    ["Treffpunkt Rathaus", "danach"].map((text) => messageIn(anna, room, text)),
  );
  expect((second?.sequence ?? 0) - (first?.sequence ?? 0)).toBe(2);
});

test("what names nothing, more than one emoji or a message that has ended changes nothing", async () => {
  const [anna, bernd] = [await here.join("Anna"), await here.join("Bernd")];
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Treffpunkt Rathaus");
  await act.hears(bernd, room, "Treffpunkt Rathaus");
  const { messageId: to } = await messageIn(bernd, room, "Treffpunkt Rathaus");
  const nowhere = to.replaceAll(/[0-9a-f]/g, "0") as typeof to;
  expect(await bernd.client.mark(room, { kind: "reaction", to: nowhere, emoji: "👍" })).toMatchObject({
    ok: false,
    code: "not-found",
  });
  // As another app may send it.
  await bernd.client.mark(room, { kind: "reaction", to, emoji: "👍👍" });
  await act.say(bernd, room, "danach");
  await act.hears(anna, room, "danach");
  expect(await reactionsOf(anna, room, "Treffpunkt Rathaus")).toEqual([]);
  expect(await reactionsOf(bernd, room, "Treffpunkt Rathaus")).toEqual([]);
});
