/**
 * The server as an operator runs it, killed again and again while devices submit as fast as they can. What became of each
 * submission is recorded as acknowledged or unknown; afterwards nothing acknowledged may be lost, nothing doubled, nothing
 * out of order (F1, P1, P3, P6).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { digestOf, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, enrolOfficer, makeOrganisation } from "@nimes/testing/organisation";
import { type ServerProcess, startServerProcess } from "@nimes/testing/scenarios/server-process";
import { rawCalls } from "@nimes/testing/server/raw-calls";
import { type RawDevice, rawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, rawApplication } from "@nimes/testing/server/raw-room";
import { type RawSocket, signedInSocket } from "@nimes/testing/server/raw-socket";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerConfig } from "./config.ts";

const kills = 6;
const writers = 4;
const inFlight = 25;

let folder: string;
let server: ServerProcess;
let config: ServerConfig;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nimes-kill-"));
});
afterEach(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function startEmpty(): Promise<RawDevice[]> {
  const organisation = await makeOrganisation();
  config = {
    address: "127.0.0.1",
    port: 0,
    dataFolder: folder,
    publicUrl: "http://localhost",
    extraOrigins: [],
    rootHash: organisation.rootHash,
    appFolder: folder,
    sourceFile: join(folder, "no-source.tar.gz"),
    logLevel: "warn",
    quotaBytes: 1_000_000,
  };
  server = await startServerProcess(config);
  config = { ...config, port: server.port, publicUrl: server.url };
  for (const manifest of organisation.manifests)
    await fetch(server.url + routes.postManifest.path, {
      method: "POST",
      headers: { "content-type": cborMediaType },
      body: encodeCbor(manifest),
    });
  const devices: RawDevice[] = [];
  for (let index = 0; index < writers; index += 1) {
    const device = rawDevice(rawCalls(server.url), await activateDevice(await enrolOfficer(organisation)));
    await device.enrol();
    devices.push(device);
  }
  return devices;
}
async function connect(device: RawDevice): Promise<RawSocket> {
  return signedInSocket(server.url, { signer: device.test.device, token: await device.open() });
}

/** Submits without end, over one connection after another; what has no answer goes again, in the same order. */
class Writer {
  readonly device: RawDevice;
  readonly acknowledged = new Map<SubmissionId, { sequence: number; time: number }>();
  /** In the order in which they were made. */
  readonly made: SubmissionId[] = [];
  readonly #roomId: RoomId;
  #unanswered: SubmitFrame[] = [];

  constructor(device: RawDevice, roomId: RoomId) {
    this.device = device;
    this.#roomId = roomId;
  }

  get idle(): boolean {
    return this.#unanswered.length === 0;
  }

  /** Until the connection breaks, or everything is answered when nothing new is to be made. */
  async write(socket: RawSocket, makeNew: boolean): Promise<void> {
    for (const frame of this.#unanswered) socket.send(frame);
    while (socket.socket.readyState === socket.socket.OPEN) {
      while (makeNew && this.#unanswered.length < inFlight) socket.send(this.#make());
      const [first] = this.#unanswered;
      if (!first) return;
      const answer = await socket.answerTo(first.submissionId).catch(() => undefined);
      if (!answer) return;
      if (answer.type === "refused") throw new Error(`refused: ${answer.code}`);
      this.acknowledged.set(answer.submissionId, { sequence: answer.sequence, time: answer.time });
      this.#unanswered.shift();
    }
  }

  #make(): SubmitFrame {
    const submissionId = newSubmissionId();
    const frame: SubmitFrame = {
      type: "submit",
      submissionId,
      roomId: this.#roomId,
      submission: rawApplication(this.#roomId, { content: crypto.getRandomValues(new Uint8Array(500)) }),
    };
    this.made.push(submissionId);
    this.#unanswered.push(frame);
    return frame;
  }
}

async function readLog(device: RawDevice, roomId: RoomId): Promise<FullEntry[]> {
  const token = await device.open();
  const cursors = [{ roomId, sequence: 0 }];
  const socket = await signedInSocket(server.url, { signer: device.test.device, token, cursors });
  await socket.take("caught-up");
  const entries = socket.frames.flatMap((frame) => (frame.type === "entries" ? frame.entries : []));
  await socket.close();
  return entries.flatMap((entry) => ("bytes" in entry ? [entry] : []));
}
const hashOf = (roomId: RoomId, entries: readonly FullEntry[]): Uint8Array =>
  entries.reduce((hash, entry) => nextRunningHash(hash, digestOf(entry)), initialRunningHash(roomId));

test("killed again and again under load: nothing acknowledged lost, nothing doubled, order kept (F1)", {
  timeout: 600_000,
}, async () => {
  const devices = await startEmpty();
  const [founder, ...others] = devices;
  if (!founder) throw new Error("there are writers");
  const founding = await connect(founder);
  const roomId = await foundRoom(founding, founder.test, { others: others.map(({ test: other }) => other) });
  await founding.close();
  const pen = devices.map((device) => new Writer(device, roomId));

  for (let round = 0; round < kills; round += 1) {
    const sockets = await Promise.all(devices.map(connect));
    const before = pen.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    const writing = Promise.all(pen.map((writer, index) => writer.write(sockets[index] as RawSocket, true)));
    // The moment is another one each time, but never before something was acknowledged.
    await expect
      .poll(() => pen.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0), { interval: 1 })
      .toBeGreaterThan(before + 20 * (1 + (round % 5)));
    await server.kill();
    await writing;
    server = await startServerProcess(config);
  }

  // What the log says before anything goes again: everything that was acknowledged, at its place.
  const afterKills = await readLog(founder, roomId);
  const placed = new Map(afterKills.map((entry) => [entry.submissionId, entry]));
  for (const { acknowledged } of pen)
    for (const [submissionId, { sequence, time }] of acknowledged)
      expect(placed.get(submissionId)).toMatchObject({ sequence, time });

  // Then what was unknown becomes known.
  for (const writer of pen) {
    const socket = await connect(writer.device);
    await writer.write(socket, false);
    expect(writer.idle).toBe(true);
    await socket.close();
  }
  const log = await readLog(founder, roomId);
  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, index) => index + 1));
  expect(new Set(log.map(({ submissionId }) => submissionId)).size).toBe(log.length);
  expect(log.length).toBe(2 + pen.reduce((sum, { made }) => sum + made.length, 0));
  for (const { made, acknowledged, device } of pen) {
    expect(acknowledged.size).toBe(made.length);
    const own = log.filter((entry) => entry.sender === device.test.clientId && entry.kind === "application");
    expect(own.map(({ submissionId }) => submissionId)).toEqual(made);
  }
  expect(hashOf(roomId, log.slice(0, afterKills.length))).toEqual(hashOf(roomId, afterKills));
});
