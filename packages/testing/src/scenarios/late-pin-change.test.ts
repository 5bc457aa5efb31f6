/** Changes of a PIN whose requests arrive late: whichever PIN the server has then opens the capsule. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import type { Http, HttpRequest } from "@nimes/client/ports/http";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { goodPin } from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const [first, second, third] = ["Quittenbaum 77", "Birkenallee 31", "Fischerhude 58"];

/** A network that keeps changes of the PIN back, and delivers the oldest of them before another one, or behind it. */
function lateNetwork() {
  const late: HttpRequest[] = [];
  const way = { now: "through" as "through" | "held" | "before" | "behind" };
  const http: Http = {
    async send(request) {
      if (!request.url.endsWith(routes.postPinChange.path) || way.now === "through")
        return fetchHttp.send(request);
      if (way.now === "held") {
        if (!late.some(({ body }) => body === request.body)) late.push(request);
        return refuse("no-network");
      }
      const [oldest] = late.splice(0, 1);
      if (oldest && way.now === "before") await fetchHttp.send(oldest);
      const answer = await fetchHttp.send(request);
      if (oldest && way.now === "behind") await fetchHttp.send(oldest);
      return answer;
    },
  };
  return { http, way };
}

test.for([
  ["before", first],
  ["behind", second],
] as const)(
  "a change of the PIN that arrives %s the next one leaves a capsule that opens (F8)",
  async ([when, opens]) => {
    const { http, way } = lateNetwork();
    const anna = await here.join("Anna", { http, clock: fastClock(10) });
    way.now = "held";
    const changed = await anna.client.changePin({ current: goodPin, next: first });
    expect(changed).toMatchObject({ ok: false, code: "no-network" });
    way.now = when;
    await anna.client.changePin({ current: goodPin, next: second });
    await here.sleep(anna);
    const again = await here.restart(anna, { http: fetchHttp });
    expect(await again.client.open(opens)).toMatchObject({ ok: true });
    // And what is changed then holds alone.
    expect(await again.client.changePin({ current: opens, next: third })).toMatchObject({ ok: true });
    await here.sleep(again);
    const last = await here.restart(again);
    expect(await last.client.open(third)).toMatchObject({ ok: true });
  },
);
