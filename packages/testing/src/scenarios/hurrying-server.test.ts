/** A server that makes a device ask, upload and connect without a pause: what that costs stays bounded, and nothing stops. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Http } from "@nimes/client/ports/http";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lyingRoute } from "../network/hostile-http.ts";
import { hostileSockets } from "../network/hostile-server.ts";
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

/** Counts requests by their path. */
function counting(inner: Http): Http & { count(path: string): number } {
  const counts = new Map<string, number>();
  return {
    send(request) {
      const { pathname } = new URL(request.url);
      counts.set(pathname, (counts.get(pathname) ?? 0) + 1);
      return inner.send(request);
    },
    count: (path) => counts.get(path) ?? 0,
  };
}

test("a thousand hints of each kind, and key packages that are always low, make a device ask a few times", async () => {
  const storm: ServerFrame[] = Array.from({ length: 1_000 }, (_, sequence): ServerFrame[] => [
    { type: "directory-changed", sequence },
    { type: "orders-changed" },
    { type: "key-packages-low", left: 0 },
  ]).flat();
  const http = counting(lyingRoute(routes.postKeyPackages, () => ({ left: 0 })));
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", {
    http,
    sockets: hostileSockets(webSockets, {
      toClient: (frame) => {
        if (frame.type === "signed-in") return [{ ...frame, keyPackagesLeft: 0 }];
        return frame.type === "entries" || frame.type === "caught-up" ? [frame, ...storm] : [frame];
      },
    }),
  });
  const room = await act.openDirect(anna, bernd);
  for (const text of ["eins", "zwei", "drei"]) {
    await act.say(anna, room, text);
    await act.hears(bernd, room, text);
  }
  await act.isDelivered(anna, room, "drei");
  expect(http.count(routes.getDirectory.path)).toBeLessThan(30);
  expect(http.count(routes.getDeviceState.path)).toBeLessThan(30);
  // Once, again where the nonce had run out, and once more on a machine that takes long.
  expect(http.count(routes.postKeyPackages.path)).toBeLessThan(6);
});

test("a server that hangs up as soon as everything was said is asked ever later, and what is written goes out", async () => {
  let connections = 0;
  let hangsUp = true;
  const anna = await here.join("Anna");
  const bernd = await here.join("Bernd", {
    sockets: {
      open(url, events) {
        connections += 1;
        const lies = hostileSockets(webSockets, {
          toClient: (frame) =>
            hangsUp && frame.type === "caught-up"
              ? [frame, { type: "closing", code: "unauthorised" }]
              : [frame],
        });
        return lies.open(url, events);
      },
    },
  });
  const begun = Date.now();
  await until(bernd.client, "he is left alone", async () => {
    const state = await bernd.client.state();
    const link = state.state === "ready" ? state.connection : undefined;
    return link?.state === "offline" && link.retryAt !== undefined && link.retryAt - Date.now() > 2_000;
  });
  // One in a quarter of a second would be a storm; the pauses are drawn at random, so the time is taken as it came.
  expect(connections).toBeLessThan(6 + (Date.now() - begun) / 500);
  hangsUp = false;
  await bernd.client.reconnect();
  const room = await act.openDirect(bernd, anna);
  await act.say(bernd, room, "wieder da");
  await act.hears(anna, room, "wieder da");
});
