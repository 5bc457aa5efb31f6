/** App and server speak versions that do not fit, or the server says so: said at once, and over by itself. */
import { statusOf } from "@nimes/protocol/errors";
import { protocolVersion } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { liar } from "../network/liar.ts";
import { annaBehind } from "./behind-a-liar.ts";
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

type Says = (server: ReturnType<typeof liar>) => void;
const cases: ["app-too-old" | "server-too-old", Says][] = [
  [
    "app-too-old",
    (server) =>
      server.answer(routes.postSignIn, { status: statusOf("app-too-old"), body: { code: "app-too-old" } }),
  ],
  [
    "server-too-old",
    (server) => server.lie(routes.postSignIn, (answer) => ({ ...answer, version: protocolVersion - 1 })),
  ],
];

test.for(cases)(
  "%s stands on the closed device before anybody types a PIN, and goes when it is over",
  async ([code, says]) => {
    const server = liar();
    const { anna } = await annaBehind(here, server);
    await here.sleep(anna);
    says(server);
    const again = await here.restart(anna, { ...server.ports, clock: fastClock(20) });
    const misfit = async () => (await act.lockOf(again))?.misfit;
    await until(again.client, code, async () => (await misfit()) === code);
    expect(await again.client.open(anna.pin)).toEqual({ ok: false, code });
    expect((await again.client.state()).state).toBe("locked");
    server.honest();
    await until(again.client, "both fit again", async () => (await misfit()) === undefined);
    expect(await again.client.open(anna.pin)).toMatchObject({ ok: true });
  },
);
