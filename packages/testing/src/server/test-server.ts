/** The real server on a free loopback port with a data folder of its own, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { ServerConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import type { TestOrganisation } from "../organisation.ts";

export type TestServer = {
  readonly url: string;
  readonly dataFolder: string;
  publish(attestation: Signed): Promise<void>;
  /** Ends the server and starts it again with the same data on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

export async function startTestServer(
  organisation: TestOrganisation,
  settings: Partial<ServerConfig> = {},
): Promise<TestServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), "nimes-server-"));
  const config: ServerConfig = {
    address: "127.0.0.1",
    port: 0,
    dataFolder,
    publicUrl: "http://localhost:0",
    extraOrigins: [],
    rootHash: organisation.rootHash,
    appFolder: join(dataFolder, "no-app"),
    logLevel: "silent",
    quotaBytes: 64 * 1024 * 1024,
    ...settings,
  };
  let server: RunningServer = await startServer(config);
  const { port, url } = server;

  async function post(path: string, signed: Signed): Promise<void> {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": cborMediaType },
      body: encodeCbor(signed),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  }
  for (const manifest of organisation.manifests) await post(routes.postManifest.path, manifest);

  return {
    url,
    dataFolder,
    publish: (attestation) => post(routes.postAttestation.path, attestation),
    async restart() {
      await server.close();
      server = await startServer({ ...config, port, publicUrl: url });
    },
    async close() {
      await server.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
