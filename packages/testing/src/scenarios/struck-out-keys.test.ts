/** Policy and revocation keys that the root has struck out, on the phone: the same verdict as at the server (docs/adr/0031). */
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import type { Signer } from "@nimes/protocol/signed/signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lyingRoute } from "../network/hostile-http.ts";
import { newSigner, signAgreement, signOrder, signPolicy } from "../organisation.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const opens = { ok: true, value: undefined };
const locked = { ok: false, code: "device-locked" };
/** As far as one signature of the thief's gets, and another one. */
const far = limits.maxNumberStep;
let here: OpenWorld;
/** Of a second holder; the thief has the first one's. */
let honest: { policy: Signer; revocation: Signer };
beforeEach(async () => {
  here = await openWorld();
  honest = { policy: await newSigner(), revocation: await newSigner() };
  const { policyKeys, revocationKeys } = here.organisation.manifest;
  await here.publishManifest({
    policyKeys: [...policyKeys, honest.policy.publicKey],
    revocationKeys: [...revocationKeys, honest.revocation.publicKey],
  });
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const strikeOut = (): Promise<void> =>
  here.publishManifest({
    policyKeys: [honest.policy.publicKey],
    revocationKeys: [honest.revocation.publicKey],
  });
const signFor = (officer: act.Officer, kind: OrderKind, given: { sequence: number; signer?: Signer }) =>
  signOrder(here.organisation, kind, { deviceId: act.deviceIdOf(officer), ...given });
const order = async (
  officer: act.Officer,
  kind: OrderKind,
  given: { sequence: number; signer?: Signer },
): Promise<void> => {
  await here.publish(routes.postOrder, { kind, order: await signFor(officer, kind, given) });
};
const stateOf = async (officer: act.Officer): Promise<string> => (await officer.client.state()).state;
const isLockedByOrder = (officer: act.Officer, expected: boolean) =>
  until(officer.client, expected ? "locked by order" : "no order stands", async () => {
    const state = await officer.client.state();
    return state.state === "locked" && (state.lock.order !== undefined) === expected;
  });

test("a phone that a struck-out key has locked opens, whatever numbers the thief used; the next holder's lock counts (K4)", async () => {
  const anna = await here.join("Anna");
  await order(anna, "lock", { sequence: far });
  await order(anna, "lock", { sequence: 2 * far });
  await isLockedByOrder(anna, true);
  expect(await anna.client.open(anna.pin)).toEqual(locked);

  await strikeOut();
  await isLockedByOrder(anna, false);
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  await order(anna, "lock", { sequence: 1, signer: honest.revocation });
  await isLockedByOrder(anna, true);
  expect(await anna.client.open(anna.pin)).toEqual(locked);
});

test("a phone that a struck-out key has unlocked is closed again, at once and after a restart (K4, P8)", async () => {
  const [open, away] = [await here.join("Anna"), await here.join("Bernd")];
  for (const officer of [open, away]) {
    await order(officer, "lock", { sequence: 1, signer: honest.revocation });
    await isLockedByOrder(officer, true);
    await order(officer, "unlock", { sequence: far });
    await isLockedByOrder(officer, false);
    expect(await officer.client.open(officer.pin)).toEqual(opens);
  }
  await here.sleep(away);
  await strikeOut();
  await isLockedByOrder(open, true);
  const again = await here.restart(away);
  expect(await again.client.open(again.pin)).toEqual(locked);
  await order(again, "unlock", { sequence: 2, signer: honest.revocation });
  await isLockedByOrder(again, false);
  expect(await again.client.open(again.pin)).toEqual(opens);
});

test("an order of a struck-out key that the server still shows does nothing, also to a phone that was away (K4)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  await strikeOut();
  for (const kind of ["wipe", "lock"] as const) {
    const stale = await signFor(anna, kind, { sequence: far });
    const again = await here.restart(anna, {
      http: lyingRoute(routes.getDeviceState, (answer) => ({ ...answer, orders: [stale] })),
    });
    expect(await again.client.open(again.pin), kind).toEqual(opens);
    expect(await stateOf(again), kind).toBe("ready");
    await here.sleep(again);
  }
});

test("a policy of a struck-out key holds no more at once, and the next holder's does although its number is lower", async () => {
  const { organisation } = here;
  const anna = await here.join("Anna");
  await act.isOnline(anna);
  const rules = (what: string, version: number, picturesAllowed: boolean) =>
    until(anna.client, what, async () => {
      const now = await anna.client.rules();
      return now?.policyVersion === version && now.policy.picturesAllowed === picturesAllowed;
    });
  const publish = async (version: number, given: { signer?: Signer; picturesAllowed?: boolean }) => {
    const { picturesAllowed = true, ...signer } = given;
    const policy = await signPolicy(organisation, { version, ...signer, service: { picturesAllowed } });
    await here.publish(routes.postPolicy, policy);
  };
  await publish(1, { signer: honest.policy, picturesAllowed: false });
  await rules("the honest policy holds", 1, false);
  await publish(far, {});
  await publish(2 * far, {});
  await rules("the thief's holds", 2 * far, true);

  await strikeOut();
  await rules("the honest one holds again", 1, false);
  await publish(2, { signer: honest.policy });
  await rules("the next one holds", 2, true);
});

test("an agreement of a struck-out key is asked about no more, and the next holder's is, whatever was accepted", async () => {
  const { organisation } = here;
  const [reading, accepted] = [await here.join("Anna"), await here.join("Bernd")];
  await here.publish(routes.postAgreement, await signAgreement(organisation, { version: far }));
  for (const officer of [reading, accepted]) {
    await officer.client.lock();
    expect(await officer.client.open(officer.pin)).toEqual(opens);
    expect(await stateOf(officer)).toBe("agreement");
  }
  expect(await accepted.client.acceptAgreement(far)).toEqual(opens);
  await strikeOut();
  // Nobody told the phone that is reading: the server does not take what it accepts.
  expect((await reading.client.acceptAgreement(far)).ok).toBe(false);
  for (const officer of [reading, accepted]) {
    await officer.client.lock();
    expect(await officer.client.open(officer.pin)).toEqual(opens);
    expect(await stateOf(officer)).toBe("ready");
  }

  const next = await signAgreement(organisation, { version: 1, signer: honest.policy });
  await here.publish(routes.postAgreement, next);
  for (const officer of [reading, accepted]) {
    await officer.client.lock();
    expect(await officer.client.open(officer.pin)).toEqual(opens);
    expect(await officer.client.state()).toMatchObject({ state: "agreement", agreement: { version: 1 } });
    expect(await officer.client.acceptAgreement(1)).toEqual(opens);
  }
});

test("an older agreement than was seen of a key that counts is neither asked about nor shown (K4)", async () => {
  const { organisation } = here;
  const older = await signAgreement(organisation, { version: 1 });
  await here.publish(routes.postAgreement, older);
  await here.publish(routes.postAgreement, await signAgreement(organisation, { version: 2 }));
  const anna = await act.activateOfficer({ ...here.world, agreementVersion: 2 }, "Anna");
  await here.sleep(anna);
  const again = await here.restart(anna, {
    http: {
      async send(request) {
        const shown = lyingRoute(routes.getDeviceState, (answer) => ({
          ...answer,
          agreement: older,
          acceptedAgreement: 0,
        }));
        const read = lyingRoute(routes.getAgreement, () => ({ agreement: older }));
        const isReading = request.url.endsWith(routes.getAgreement.path);
        return isReading ? read.send(request) : shown.send(request);
      },
    },
  });
  expect(await again.client.open(again.pin)).toEqual(opens);
  expect(await stateOf(again)).toBe("ready");
  expect(await again.client.agreement()).toEqual({ ok: false, code: "outdated" });
});
