/** The real server on a free loopback port, with an organisation and a data folder of its own and its clock in the test's hands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { ServerConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import { makeOrganisation, type TestOrganisation } from "../organisation.ts";
import type { RawCalls } from "./raw-calls.ts";
import { must, rawCalls } from "./raw-calls.ts";

export type TestServer = {
  readonly organisation: TestOrganisation;
  readonly url: string;
  /** Everything the server keeps: database, attachments, its keys. */
  readonly dataFolder: string;
  readonly calls: RawCalls;
  readonly clock: { now(): number; pass(ms: number): void };
  publish(attestation: Signed): Promise<void>;
  stop(): Promise<void>;
  /** With the same data on the same port. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Also deletes the data. */
  close(): Promise<void>;
};

/** @param options.start how it is started: in this process, unless a test needs one of its own. */
export async function startTestServer(
  options: {
    organisation?: TestOrganisation;
    settings?: Partial<ServerConfig>;
    start?: typeof startServer;
  } = {},
): Promise<TestServer> {
  const { start: startIt = startServer } = options;
  const organisation = options.organisation ?? (await makeOrganisation());
  const dataFolder = mkdtempSync(join(tmpdir(), "nimes-server-"));
  const config: ServerConfig = {
    address: "127.0.0.1",
    port: 0,
    dataFolder,
    publicUrl: "http://localhost:0",
    extraOrigins: [],
    rootHash: organisation.rootHash,
    appFolder: join(dataFolder, "no-app"),
    sourceFile: join(dataFolder, "no-source.tar.gz"),
    logLevel: "silent",
    quotaBytes: 64 * 1024 * 1024,
    ...options.settings,
  };
  let passedMs = 0;
  const clock = {
    now: () => Date.now() + passedMs,
    pass(ms: number) {
      passedMs += ms;
    },
  };
  let server: RunningServer | undefined = await startIt(config, clock);
  const { port, url } = server;
  const calls = rawCalls(url);
  for (const body of organisation.manifests) must(await calls.call(routes.postManifest, { body }));

  async function stop(): Promise<void> {
    const running = server;
    server = undefined;
    await running?.close();
  }
  async function start(): Promise<void> {
    server = await startIt({ ...config, port, publicUrl: url }, clock);
  }
  return {
    organisation,
    url,
    dataFolder,
    calls,
    clock,
    async publish(body) {
      must(await calls.call(routes.postAttestation, { body }));
    },
    stop,
    start,
    async restart() {
      await stop();
      await start();
    },
    async close() {
      await stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
