import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, signOrder } from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import { goodPin, registerPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";

let world: TestServer;
beforeEach(async () => {
  world = await startTestServer();
});
afterEach(() => world.close());

const file = (name: string): string => join(world.dataFolder, name);
const databaseFiles = ["nimes.sqlite", "nimes.sqlite-wal", "nimes.sqlite-shm"];

/** A copy of the rooms as a backup has it. @returns a function that puts it back. */
async function backUp(): Promise<() => Promise<void>> {
  await world.stop();
  const copies = databaseFiles.filter((name) => existsSync(file(name)));
  for (const name of copies) cpSync(file(name), file(`${name}.backup`));
  await world.start();
  return async () => {
    await world.stop();
    for (const name of databaseFiles) rmSync(file(name), { force: true });
    for (const name of copies) cpSync(file(`${name}.backup`), file(name));
    await world.start();
  };
}

const wipe = async (
  deviceId: Awaited<ReturnType<typeof activateByHand>>["test"]["deviceId"],
): Promise<void> => {
  const order = await signOrder(world.organisation, "wipe", { deviceId, sequence: 1 });
  must(await world.calls.call(routes.postOrder, { body: { kind: "wipe", order } }));
};

test("a restored backup revives no destroyed record and no used letter (F14)", async () => {
  const [wiped, kept] = [await activateByHand(world), await activateByHand(world)];
  const letter = await issueLetter(world);
  const unused = await issueLetter(world);
  const restore = await backUp();
  await wipe(wiped.test.deviceId);
  const device = await activateDevice(letter);
  const pin = await registerPin(world.calls, device);
  must(await world.calls.call(routes.postActivation, { body: { genesis: device.genesis, ...pin } }));

  await restore();
  expect((await wiped.beginLogin(goodPin, await wiped.prove())).start.code).toBe("capsule-destroyed");
  const second = await activateDevice(letter);
  const again = { genesis: second.genesis, ...pin };
  expect((await world.calls.call(routes.postActivation, { body: again })).code).toBe("activation-used");
  await kept.open();
  await activateByHand(world, { letter: unused });
  // And the second restoration is no better than the first.
  await restore();
  expect((await wiped.beginLogin(goodPin, await wiped.prove())).start.code).toBe("capsule-destroyed");
  expect(must(await wiped.state()).orders).toHaveLength(1);
});

test("what was destroyed stands in no file of the data folder", async () => {
  const officer = await activateByHand(world);
  await world.stop();
  const database = new Database(file("authority.sqlite"));
  const row = database.prepare("SELECT sealed FROM pin_records").get() as { sealed: Buffer };
  database.close();
  await world.start();
  const contains = (): string[] =>
    readdirSync(world.dataFolder).filter(
      (name) => statSync(file(name)).isFile() && readFileSync(file(name)).includes(row.sealed),
    );
  expect(contains()).not.toEqual([]);
  await wipe(officer.test.deviceId);
  expect(contains()).toEqual([]);
});

test("neither the PIN record nor an attempt can be read in the database; the key stands apart, for its owner only", async () => {
  const letter = await issueLetter(world);
  const device = await activateDevice(letter);
  const pin = await registerPin(world.calls, device);
  const { pinRecord } = pin;
  must(await world.calls.call(routes.postActivation, { body: { genesis: device.genesis, ...pin } }));
  await world.stop();
  const raw = Buffer.from(pinRecord, "base64url");
  const names = readdirSync(world.dataFolder).filter((name) => /^(nimes|authority)\.sqlite/.test(name));
  expect(names).toEqual(expect.arrayContaining(["nimes.sqlite", "authority.sqlite"]));
  for (const name of names) {
    const bytes = readFileSync(file(name));
    expect(bytes.includes(pinRecord)).toBe(false);
    expect(bytes.includes(raw.subarray(0, 32))).toBe(false);
  }
  expect(statSync(file("pin.key")).mode & 0o777).toBe(0o600);
  await world.start();
});

test("without its key file, or with a list that was changed, the server says so and does not start", async () => {
  const [officer, other] = [await activateByHand(world), await activateByHand(world)];
  await wipe(officer.test.deviceId);
  await wipe(other.test.deviceId);
  await world.stop();
  const log = readFileSync(file("destroyed.log"), "utf8");
  const lines = log.trimEnd().split("\n");
  const changed = [
    `${lines.slice(1).join("\n")}\n`,
    `${lines.slice(0, -1).join("\n")}\n`,
    log.replace(officer.test.deviceId, "0".repeat(32)),
    `${log}record ${"0".repeat(32)} ${"0".repeat(64)}\n`,
  ];
  for (const text of changed) {
    writeFileSync(file("destroyed.log"), text);
    await expect(world.start()).rejects.toThrow("destroyed.log");
  }
  writeFileSync(file("destroyed.log"), log);
  const key = readFileSync(file("pin.key"));
  rmSync(file("pin.key"));
  await expect(world.start()).rejects.toThrow("pin.key is missing");
  expect(existsSync(file("pin.key"))).toBe(false);
  writeFileSync(file("pin.key"), key);
  // A line cut off by a crash was told to nobody.
  appendFileSync(file("destroyed.log"), "record 00");
  await world.start();
  expect(readFileSync(file("destroyed.log"), "utf8")).toBe(log);
});
