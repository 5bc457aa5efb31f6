/** Keys are renewed in the middle of a conversation, and people see nothing of it. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import { weekly } from "@nimes/client/core/renewal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { hostileSockets } from "../network/hostile-server.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

test("both sides renew their keys while they write: every word arrives, in one order, and nothing is told (P3, P5)", async () => {
  let renewals = 0;
  const counting = hostileSockets(webSockets, {
    swallow(frame) {
      if (frame.type === "submit" && frame.submission.kind === "commit" && !frame.submission.welcome)
        renewals += 1;
      return undefined;
    },
  });
  const ports = {
    sockets: counting,
    clock: fastClock(20),
    keyPace: { ...weekly, renewAfterMessages: 1, shortestPauseMs: 200 },
  };
  const [anna, bernd] = [await here.join("Anna", ports), await here.join("Bernd", ports)];
  const room = await act.openDirect(anna, bernd);
  let words = 0;
  while (renewals < 6) {
    words += 1;
    await act.say(anna, room, `Anna ${words}`);
    await act.hears(bernd, room, `Anna ${words}`);
    await act.say(bernd, room, `Bernd ${words}`);
    await act.hears(anna, room, `Bernd ${words}`);
  }
  const told = Array.from({ length: words }, (_, index) => [`Anna ${index + 1}`, `Bernd ${index + 1}`]);
  for (const one of [anna, bernd]) {
    expect(await act.textsOf(one, room)).toEqual(told.flat());
    expect((await act.noticesOf(one, room)).map(({ type }) => type)).not.toContain("came-back");
  }
  expect((await act.noticesOf(anna, room)).map(({ type }) => type)).toEqual(["founded", "added"]);
});
