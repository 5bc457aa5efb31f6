/** What changed while nobody listened is not told again: whoever is connected once more asks. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { createFaultyNetwork, noFaults } from "../network/faulty-sockets.ts";
import { frameLiar } from "../network/frame-liar.ts";
import { signOrder, signPolicy } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const opens = { ok: true, value: undefined };
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

test("a wipe order that came while a locked phone had no network is carried out as soon as it has one again (C6, P8)", async () => {
  const network = createFaultyNetwork(webSockets, { ...noFaults, loss: 1 });
  network.heal();
  const seen = { sockets: 0, asking: 0 };
  const anna = await here.join("Anna", {
    clock: fastClock(20),
    sockets: {
      open(...given) {
        seen.sockets += 1;
        return network.sockets.open(...given);
      },
    },
    http: {
      async send(request) {
        const isAsking = request.url.includes(routes.getDeviceState.path);
        if (isAsking) seen.asking += 1;
        const answer = await fetchHttp.send(request);
        if (isAsking) seen.asking -= 1;
        return answer;
      },
    },
  });
  network.spoil();
  await anna.client.lock();
  const before = seen.sockets;
  network.cut();
  await until(
    anna.client,
    "the lock screen has asked what holds, and tries to listen",
    async () => seen.sockets > before + 1 && seen.asking === 0,
  );
  const wipe = await signOrder(here.organisation, "wipe", { deviceId: act.deviceIdOf(anna), sequence: 1 });
  await here.publish(routes.postOrder, { kind: "wipe", order: wipe });
  network.heal();
  network.cut();
  await until(
    anna.client,
    "Anna's phone is wiped",
    async () => (await anna.client.state()).state === "destroyed",
  );
});

test("rules that came while an open app had no connection hold as soon as it has one again", async () => {
  const network = createFaultyNetwork(webSockets, { ...noFaults, loss: 1 });
  network.heal();
  const anna = await here.join("Anna", { sockets: network.sockets, clock: fastClock(20) });
  await act.isOnline(anna);
  network.spoil();
  network.cut();
  await until(anna.client, "Anna has no connection", async () => {
    const state = await anna.client.state();
    return state.state === "ready" && state.connection.state !== "online";
  });
  const policy = await signPolicy(here.organisation, { version: 1, service: { picturesAllowed: false } });
  await here.publish(routes.postPolicy, policy);
  network.heal();
  network.cut();
  await until(
    anna.client,
    "the rules hold",
    async () => !(await anna.client.rules())?.policy.picturesAllowed,
  );
  expect(await anna.client.rules()).toMatchObject({ policyVersion: 1 });
});

test("rules that came while the device was being opened hold as soon as it is connected", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  let published = false;
  const again = await here.restart(anna, {
    http: {
      async send(request) {
        const answer = await fetchHttp.send(request);
        // The device has asked what holds, and nobody listens yet.
        if (!published && request.url.endsWith(routes.postPinLoginFinish.path)) {
          published = true;
          const policy = await signPolicy(here.organisation, { service: { picturesAllowed: false } });
          await here.publish(routes.postPolicy, policy);
        }
        return answer;
      },
    },
  });
  expect(await again.client.open(again.pin)).toEqual(opens);
  await until(
    again.client,
    "the rules hold",
    async () => !(await again.client.rules())?.policy.picturesAllowed,
  );
});

test("rules that come while the answer about those before is under way are asked for behind it", async () => {
  const publish = async (version: number, picturesAllowed: boolean) =>
    here.publish(
      routes.postPolicy,
      await signPolicy(here.organisation, { version, service: { picturesAllowed } }),
    );
  const liar = frameLiar();
  let hints = 0;
  liar.lie({
    toClient(frame) {
      if (frame.type === "orders-changed") hints += 1;
      return [frame];
    },
  });
  const underWay = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let holds = false;
  const anna = await here.join("Anna", {
    ...liar.ports,
    http: {
      async send(request) {
        const answer = await fetchHttp.send(request);
        if (!holds || !request.url.includes(routes.getDeviceState.path)) return answer;
        holds = false;
        underWay.resolve();
        await released.promise;
        return answer;
      },
    },
  });
  await act.isOnline(anna);
  holds = true;
  await publish(1, true);
  await underWay.promise;
  const before = hints;
  await publish(2, false);
  await until(anna.client, "the hint is there", async () => hints > before);
  // The answer that was under way comes behind the hint, and knows nothing of it.
  released.resolve();
  await until(anna.client, "the rules hold", async () => (await anna.client.rules())?.policyVersion === 2);
  expect((await anna.client.rules())?.policy.picturesAllowed).toBe(false);
});
