/** The log at its most talkative says nothing of people: no id, no token, no address, no content (C8). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { newAttachmentId } from "@nimes/protocol/ids";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, enrolOfficer, makeOrganisation } from "@nimes/testing/organisation";
import { startServerProcess } from "@nimes/testing/scenarios/server-process";
import { rawCalls } from "@nimes/testing/server/raw-calls";
import { rawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, rawApplication, submit } from "@nimes/testing/server/raw-room";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function linesOf(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog("debug", { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

test("an error is logged with its place; what the system says of files is left out", async () => {
  const missing = await stat("/nowhere/attachments/ab/abcdef").catch((error: unknown) => error);
  const lines = linesOf((log) => {
    log.error({ err: new TypeError("a bug") }, "failed");
    log.error({ err: missing }, "failed");
    log.error({ err: "text" }, "failed");
  });
  expect(lines[0]).toMatchObject({ err: { name: "TypeError", message: "a bug" }, msg: "failed" });
  expect(JSON.stringify(lines[0])).toContain("log.test.ts");
  expect(lines[1]).toMatchObject({ err: { code: "ENOENT", message: "ENOENT at stat" } });
  expect(JSON.stringify(lines)).not.toContain("abcdef");
  expect(lines[2]).toMatchObject({ err: { name: "not an error" } });
});

test("requests and answers are never logged, whoever hands them over", () => {
  const lines = linesOf((log) => {
    log.info(
      { req: { url: "/v1/secret", ip: "10.0.0.7" }, res: { headers: { authorization: "DPoP x" } } },
      "done",
    );
  });
  expect(lines).toEqual([{ level: 30, time: expect.any(Number), msg: "done" }]);
});

test("a day's work, with refusals and faults, leaves no trace of anybody in the log (C8)", {
  timeout: 600_000,
}, async () => {
  const organisation = await makeOrganisation();
  const folder = mkdtempSync(join(tmpdir(), "nimes-log-"));
  const server = await startServerProcess({
    address: "127.0.0.1",
    port: 0,
    dataFolder: folder,
    publicUrl: "http://localhost",
    extraOrigins: [],
    rootHash: organisation.rootHash,
    appFolder: folder,
    sourceFile: join(folder, "no-source.tar.gz"),
    logLevel: "debug",
    quotaBytes: 1_000_000,
  });
  const [manifest] = organisation.manifests;
  await fetch(server.url + routes.postManifest.path, {
    method: "POST",
    headers: { "content-type": cborMediaType },
    body: encodeCbor(manifest),
  });
  const letter = await enrolOfficer(organisation, { displayName: "PK Zacharias Zwiebelturm" });
  const anna = rawDevice(rawCalls(server.url), await activateDevice(letter));
  await anna.enrol();
  const token = await anna.open();
  const socket = await signedInSocket(server.url, { signer: anna.test.device, token });
  const roomId = await foundRoom(socket, anna.test, { others: [] });
  await submit(socket, roomId, rawApplication(roomId, { content: Buffer.from("Suedausgang ist frei") }));
  // Refusals of every kind.
  await anna.call(routes.postKeyPackages, { body: { keyPackages: [] } });
  await anna.call(routes.getDirectory, { query: { after: "0" }, headers: { dpop: "x" } });
  await fetch(`${server.url}/v1/%zz`);
  await fetch(server.url, { headers: { origin: "https://evil.example" } });
  // A fault: the folder of the attachments is a file.
  rmSync(join(folder, "attachments"), { recursive: true });
  writeFileSync(join(folder, "attachments"), "");
  const attachmentId = newAttachmentId();
  await anna.call(routes.postAttachment, { body: { roomId, attachmentId, size: 10 } });
  const params = { attachmentId };
  const put = await anna.call(routes.putAttachmentPart, {
    params,
    query: { offset: "0" },
    body: new Uint8Array(10),
  });
  expect(put).toMatchObject({ status: 500, code: "internal" });
  socket.sendBytes("no frame");
  await socket.closed;
  await server.close();
  const log = readFileSync(join(folder, "server.log"), "utf8");
  rmSync(folder, { recursive: true, force: true });
  expect(log).toContain("failed");
  const { deviceId, clientId } = anna.test;
  const secrets = [
    letter.userId,
    deviceId,
    clientId,
    roomId,
    attachmentId,
    token,
    "Zwiebelturm",
    "Suedausgang",
    "evil",
  ];
  for (const secret of [...secrets, "authorization", "dpop", "%zz", "::1", "::ffff"])
    expect(log).not.toContain(secret);
  // The one address is the server's own, in the line that says where it listens.
  const naming = log.split("\n").filter((line) => line.includes("127.0.0.1"));
  expect(naming).toHaveLength(1);
  expect(naming[0]).toContain("listening at");
});
