/** A disk that is full: no acknowledgement, a health state that says so, and going on by itself afterwards (F6). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSubmissionId, type RoomId } from "@nimes/protocol/ids";
import { activateDevice, enrolOfficer, makeOrganisation, type TestDevice } from "@nimes/testing/organisation";
import { rawApplication, rawCommit, signRoles } from "@nimes/testing/server/raw-room";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processHintBus } from "../memory/process-hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import { openDatabase, type SqliteDatabase } from "../sqlite/open-database.ts";
import { sqliteStores } from "../sqlite/sqlite-stores.ts";
import { createHealth, type Health } from "./health.ts";
import { createRoomLog, type RoomLog } from "./room-log.ts";
import type { DeviceIdentity } from "./sign-in.ts";

let folder: string;
let database: SqliteDatabase;
let stores: Stores;
let time: number;
let changes: boolean[];
let health: Health;
let roomLog: RoomLog;
let anna: TestDevice;
let roomId: RoomId;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nimes-full-"));
  database = openDatabase({
    rooms: join(folder, "nimes.sqlite"),
    authority: join(folder, "authority.sqlite"),
  });
  stores = sqliteStores(database);
  time = 1_000_000;
  changes = [];
  const now = () => time;
  health = createHealth({ stores, now, onChange: (ready) => void changes.push(ready) });
  roomLog = createRoomLog({
    store: stores.roomLog,
    hints: processHintBus(),
    now,
    keyOf: async () => undefined,
    onStoreFailure: health.failed,
  });
  anna = await activateDevice(await enrolOfficer(await makeOrganisation()));
  await enrol(anna);
  const room = await signRoles(anna, { kind: "group", users: [anna.letter.userId] });
  roomId = room.roomId;
  await submit({ kind: "found", roles: room.roles });
  await submit(await rawCommit({ roomId, epoch: 0 }, [anna.clientId]));
});
afterEach(async () => {
  await stores.close();
  rmSync(folder, { recursive: true, force: true });
});

async function enrol({ letter, device, deviceId, clientId, genesis }: TestDevice): Promise<void> {
  const { userId, attestation, signedAttestation } = letter;
  const { key: deskKey } = signedAttestation.signatures[0] ?? { key: new Uint8Array(32) };
  await stores.directory.putAttestation({ ...attestation, attestation: signedAttestation, deskKey });
  await stores.directory.activate({
    userId,
    deviceId,
    clientId,
    genesis,
    deviceKey: device.publicKey,
    deviceClass: attestation.deviceClass,
    generation: attestation.generation,
    activationKey: attestation.activationKey,
    pinRecord: new Uint8Array(40),
  });
}
const signedIn = (): DeviceIdentity => ({
  deviceId: anna.deviceId,
  userId: anna.letter.userId,
  clientId: anna.clientId,
  deviceKey: anna.device.publicKey,
});
type Submission = Parameters<RoomLog["submit"]>[1]["submission"];
const submit = (submission: Submission, submissionId = newSubmissionId()) =>
  roomLog.submit(signedIn(), { type: "submit", submissionId, roomId, submission });
const message = (): Submission => rawApplication(roomId, { content: new Uint8Array(100_000) });
function fillDisk(): void {
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
}

test("nothing is acknowledged on a full disk, and everything that failed can be sent again afterwards (F6, P1, P6)", async () => {
  fillDisk();
  const waiting = Array.from({ length: 10 }, () => ({ submission: message(), id: newSubmissionId() }));
  const answers = await Promise.all(waiting.map(({ submission, id }) => submit(submission, id)));
  for (const answer of answers) expect(answer).toEqual({ answer: "refused", code: "storage-full" });
  expect(await stores.roomLog.lastSequence(roomId)).toBe(2);
  database.pragma("max_page_count = 1000000");
  const again = await Promise.all(waiting.map(({ submission, id }) => submit(submission, id)));
  expect(again.map((answer) => answer.answer === "accepted" && answer.sequence)).toEqual(
    waiting.map((_, index) => index + 3),
  );
});

test("the health state says so at once, once, and recovers by itself (F6)", async () => {
  fillDisk();
  await submit(message());
  await submit(message());
  expect(await health.isReady()).toBe(false);
  time += 10_000;
  expect(await health.isReady()).toBe(false);
  database.pragma("max_page_count = 1000000");
  time += 10_000;
  expect(await health.isReady()).toBe(true);
  expect(changes).toEqual([false, true]);
  expect(await submit(message())).toMatchObject({ answer: "accepted" });
});

test("whoever asks all the time does not keep the disk busy", async () => {
  let probes = 0;
  const counted = createHealth({
    stores: {
      async probe() {
        probes += 1;
        return true;
      },
    },
    now: () => time,
    onChange: () => {},
  });
  for (let asked = 0; asked < 100; asked += 1) await counted.isReady();
  expect(probes).toBe(1);
  time += 1_000;
  await counted.isReady();
  expect(probes).toBe(2);
});
