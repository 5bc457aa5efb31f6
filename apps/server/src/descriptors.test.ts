/** A server that may open no more: said once, nobody who is there notices, and it goes on by itself. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerProcess, startServerProcess } from "@nimes/testing/scenarios/server-process";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "nimes-descriptors-"));
let server: ServerProcess;
beforeAll(async () => {
  writeFileSync(join(folder, "source.tar.gz"), "packed");
  server = await startServerProcess(
    {
      address: "127.0.0.1",
      port: 0,
      dataFolder: folder,
      publicUrl: "http://localhost",
      extraOrigins: [],
      rootHash: new Uint8Array(32),
      appFolder: join(folder, "app"),
      sourceFile: join(folder, "source.tar.gz"),
      logLevel: "info",
      quotaBytes: 1_000_000,
    },
    { descriptors: 100 },
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const logged = (text: string): number =>
  readFileSync(join(folder, "server.log"), "utf8").split(text).length - 1;
/** Over a connection that was there before. */
const kept = new Agent({ keepAlive: true, maxSockets: 1, timeout: 60_000 });
async function statusOf(path: string, agent: Agent): Promise<number | undefined> {
  const request = get(`${server.url}${path}`, { agent });
  const [answer] = await once(request, "response");
  answer.resume();
  await once(answer, "end");
  return answer.statusCode;
}

test("without a descriptor left it says so once, goes on for whoever is there, and takes everybody when there are some again", async () => {
  expect(await statusOf("/readyz", kept)).toBe(200);
  const flood: Socket[] = [];
  for (let count = 0; count < 150; count += 1) {
    const socket = connect(server.port, "127.0.0.1");
    // Those that are too many are closed at once.
    socket.on("error", () => {});
    flood.push(socket);
  }
  await expect.poll(() => logged("no file descriptor is left")).toBe(1);
  // It can still store, because its files are open; what would have to be opened is refused, and worth another try.
  expect(await statusOf("/readyz", kept)).toBe(200);
  for (const path of ["/v1/source", "/index.html", "/v1/source"])
    expect(await statusOf(path, kept)).toBe(503);
  for (const socket of flood) socket.destroy();
  await expect.poll(() => logged("there are file descriptors again")).toBe(1);
  expect(await statusOf("/v1/source", kept)).toBe(200);
  expect(await statusOf("/healthz", new Agent())).toBe(200);
  expect(logged("no file descriptor is left")).toBe(1);
  expect(logged("failed")).toBe(0);
});
