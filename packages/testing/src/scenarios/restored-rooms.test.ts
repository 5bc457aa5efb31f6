/** A backup of the rooms is put back as docs/operation.md says, with phones that lived on: what must not go back. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deviceOf } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signOrder, signPolicy } from "../organisation.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(() => here.close());

const rooms = (): string => join(here.dataFolder, "nimes.sqlite");

/** While the server runs. */
function backUp(): void {
  const source = new Database(rooms());
  source.prepare("VACUUM INTO ?").run(`${rooms()}.backup`);
  source.close();
}

async function restore(): Promise<void> {
  await here.stopServer();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${rooms()}${end}`, { force: true });
  cpSync(`${rooms()}.backup`, rooms());
  await here.startServer();
}

test("a PIN that was changed after the backup opens, and the one before it does not (F14)", async () => {
  const anna = await here.join("Anna");
  backUp();
  const changed = await anna.client.changePin({ current: anna.pin, next: "Quittenbaum 77" });
  expect(changed).toMatchObject({ ok: true });
  await here.sleep(anna);
  await restore();
  const again = await here.restart(anna);
  expect(await again.client.open(anna.pin)).toMatchObject({ ok: false, code: "pin-wrong" });
  expect(await again.client.open("Quittenbaum 77")).toMatchObject({ ok: true });
});

test("a phone that was activated after the backup is nobody unknown (F14)", async () => {
  backUp();
  const bernd = await here.join("Bernd");
  await here.sleep(bernd);
  await restore();
  const again = await here.restart(bernd);
  expect(await again.client.open(bernd.pin)).toMatchObject({ ok: true });
});

test("a lock that was ordered after the backup holds, for a phone that never heard of it, too (F14)", async () => {
  const anna = await here.join("Anna");
  await here.sleep(anna);
  backUp();
  const order = await signOrder(here.organisation, "lock", {
    deviceId: deviceOf(anna.me.clientId),
    sequence: 1,
  });
  await here.publish(routes.postOrder, { kind: "lock", order });
  await restore();
  const found = await here.restart(anna);
  expect(await found.client.open(anna.pin)).toMatchObject({ ok: false, code: "device-locked" });
});

test("orders go on counting behind those from after the backup (F14)", async () => {
  const anna = await here.join("Anna");
  const deviceId = deviceOf(anna.me.clientId);
  backUp();
  const lock = await signOrder(here.organisation, "lock", { deviceId, sequence: 1 });
  await here.publish(routes.postOrder, { kind: "lock", order: lock });
  await until(anna.client, "locked", async () => {
    const state = await anna.client.state();
    return state.state === "locked" && state.lock.order !== undefined;
  });
  await here.sleep(anna);
  await restore();
  const used = await signOrder(here.organisation, "unlock", { deviceId, sequence: 1 });
  await expect(here.publish(routes.postOrder, { kind: "unlock", order: used })).rejects.toThrow();
  const unlock = await signOrder(here.organisation, "unlock", { deviceId, sequence: 2 });
  await here.publish(routes.postOrder, { kind: "unlock", order: unlock });
  const again = await here.restart(anna);
  expect(await again.client.open(anna.pin)).toMatchObject({ ok: true });
});

test("a policy from after the backup holds, and no other is taken under its number (F14)", async () => {
  const anna = await here.join("Anna");
  backUp();
  const strict = await signPolicy(here.organisation, { version: 1, service: { picturesAllowed: false } });
  await here.publish(routes.postPolicy, strict);
  await here.sleep(anna);
  await restore();
  const other = await signPolicy(here.organisation, { version: 1 });
  await expect(here.publish(routes.postPolicy, other)).rejects.toThrow();
  const again = await here.wake(anna);
  await until(again.client, "the policy", async () => {
    const rules = await again.client.rules();
    return rules?.policyVersion === 1 && !rules.policy.picturesAllowed;
  });
});
