/** Messages go from a device when the policy's time has passed, with all that belonged to them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { systemClock } from "@nimes/client/adapters/system-clock";
import type { Clock } from "@nimes/client/ports/clock";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signPolicy } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const hour = 60 * 60_000;
const day = 24 * hour;
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

/** What is looked for only now and then. */
const sweepEveryMs = 10 * 60_000;

/** A clock whose day can be moved; its delays pass fast. */
function movableClock(): Clock & { pass(ms: number): void } {
  let passedMs = 0;
  return {
    now: () => systemClock.now() + passedMs,
    after: (delayMs, callback) => systemClock.after(delayMs === sweepEveryMs ? 100 : delayMs / 50, callback),
    pass(ms) {
      passedMs += ms;
    },
  };
}
const pictures = join(import.meta.dirname, "../../../../apps/pilot/pictures");
async function river(): Promise<Blob> {
  const [jpeg, thumbnail] = await Promise.all(
    ["river.jpg", "river-thumbnail.jpg"].map(async (name) =>
      Uint8Array.from(await readFile(join(pictures, name))),
    ),
  );
  return new SafeJpeg(jpeg ?? new Uint8Array(), thumbnail ?? new Uint8Array());
}

test("after the policy's days a message is gone, with its picture and its preview, and does not come again", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "eine Woche lang");
  const sent = await anna.client.sendPicture(room, { file: await river(), caption: "die Leine" });
  if (!sent.ok) throw new Error(sent.code);
  const arrived = await until(bernd.client, "both are there", async () => {
    const messages = await act.messagesOf(bernd, room);
    return messages.length === 2 && messages;
  });
  expect((await bernd.client.picture(room, sent.value)).ok).toBe(true);
  await bernd.client.markRead(room, arrived.at(-1)?.sequence ?? 0);
  const stored = async () => (await bernd.ports.storage.list("pictures", { prefix: [] })).length;
  expect(await stored()).toBe(1);

  clock.pass(6 * day);
  await act.say(anna, room, "heute");
  await act.hears(bernd, room, "heute");
  expect(await act.messagesOf(bernd, room)).toHaveLength(3);
  clock.pass(2 * day);
  await until(bernd.client, "the old ones are gone", async () =>
    (await act.messagesOf(bernd, room)).every(({ body }) => body.kind === "text" && body.text === "heute"),
  );
  expect(await stored()).toBe(0);
  expect((await bernd.client.picture(room, sent.value)).ok).toBe(false);
});

test("what nobody has seen yet is kept until the server would not keep it either", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", { clock });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "noch nicht gelesen");
  await act.hears(bernd, room, "noch nicht gelesen");
  clock.pass(20 * day);
  await act.say(bernd, room, "eigene Nachricht");
  await act.isSent(bernd, room, "eigene Nachricht");
  const roomOf = async () => (await bernd.client.rooms()).find(({ roomId }) => roomId === room);
  clock.pass(8 * day);
  // The own one has been seen by its sender, so it goes first.
  await until(
    bernd.client,
    "the own one is gone",
    async () => (await act.messagesOf(bernd, room)).length === 1,
  );
  expect(await act.textsOf(bernd, room)).toEqual(["noch nicht gelesen"]);
  expect((await roomOf())?.unread).toBe(1);
  clock.pass(3 * day);
  await until(bernd.client, "all is gone", async () => (await act.messagesOf(bernd, room)).length === 0);
  expect(await roomOf()).toMatchObject({ unread: 0 });
  expect((await roomOf())?.last).toBeUndefined();
});

test("a shorter time of a new policy holds for what is there", async () => {
  const clock = movableClock();
  const anna = await here.join("Anna", { clock });
  const group = await anna.client.createGroup({ name: "Lage", userIds: [] });
  if (!group.ok) throw new Error(group.code);
  const bernd = await here.join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "ein Tag");
  await act.isSent(anna, room, "ein Tag");
  clock.pass(2 * day);
  await here.publish(
    routes.postPolicy,
    await signPolicy(here.organisation, { version: 1, service: { messageLifetimeMs: day } }),
  );
  await until(anna.client, "gone", async () => (await act.messagesOf(anna, room)).length === 0);
});
