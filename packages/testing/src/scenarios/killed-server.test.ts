/** A server that is killed while people write: what it acknowledged is there, what it did not goes again (F1, P1, P6). */
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let server: ServerProcess;
beforeEach(async () => {
  here = await openWorld(async (config) => {
    server = await startServerProcess(config);
    return server;
  });
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const kills = 8;

test("killed again and again under load: nothing acknowledged lost, nothing doubled, one order (F1)", async () => {
  const ports = { clock: fastClock(10) };
  const anna = await here.join("Anna", ports);
  const bernd = await here.join("Bernd", ports);
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Anfang");
  await act.hears(bernd, room, "Anfang");

  const said = ["Anfang"];
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < kills; round += 1) {
    for (let count = 0; count < 10; count += 1)
      for (const officer of [anna, bernd]) {
        said.push(`${officer.name} ${round}.${count}`);
        await act.say(officer, room, `${officer.name} ${round}.${count}`);
      }
    // In the middle of it: some are acknowledged, some are not.
    await act.isSent(anna, room, `Anna ${round}.0`);
    await server.kill();
    for (const { body, sequence } of await act.messagesOf(anna, room))
      if (sequence !== undefined && body.kind === "text") acknowledged.set(body.text, sequence);
    await here.startServer();
  }
  for (const officer of [anna, bernd])
    await until(
      officer.client,
      `${officer.name} has everything`,
      async () => {
        const messages = await act.messagesOf(officer, room);
        return messages.length === said.length && messages.every(({ sequence }) => sequence !== undefined);
      },
      30_000,
    );
  const texts = await act.textsOf(anna, room);
  expect([...texts].sort()).toEqual([...said].sort());
  expect(await act.textsOf(bernd, room)).toEqual(texts);
  for (const { body, sequence } of await act.messagesOf(bernd, room)) {
    const before = body.kind === "text" ? acknowledged.get(body.text) : undefined;
    if (before !== undefined) expect(sequence).toBe(before);
  }
  for (const officer of [anna, bernd])
    for (const { type } of await act.noticesOf(officer, room)) expect(["founded", "added"]).toContain(type);
}, 600_000);
