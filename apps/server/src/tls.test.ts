/** TLS at the server itself: a pair that fits, and nothing weaker than authenticated encryption. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { certificate, certificateKey } from "@nimes/testing/server/self-signed";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";
import { type RunningServer, startServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-tls-"));
const fileWith = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const settings = (keyText: string) => ({
  NIMES_ORG_ROOT: "ab".repeat(32),
  NIMES_PORT: "0",
  NIMES_DATA: join(folder, "data"),
  NIMES_LOG_LEVEL: "silent",
  NIMES_TLS_CERT: fileWith("certificate.pem", certificate),
  NIMES_TLS_KEY: fileWith("key.pem", keyText),
});

let server: RunningServer;
beforeAll(async () => {
  server = await startServer(readConfig(settings(certificateKey)));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function cipherWith(options: ConnectionOptions): Promise<string> {
  const socket = connect({
    host: "127.0.0.1",
    servername: "localhost",
    port: server.port,
    ca: certificate,
    ...options,
  });
  try {
    await once(socket, "secureConnect");
    return socket.getCipher().name;
  } finally {
    socket.destroy();
  }
}

test("a key of another certificate is named", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const read = () => readConfig(settings(other));
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/key\.pem is not that of the certificate .*certificate\.pem\.$/);
});

test("connections are authenticated encryption or none", async () => {
  expect(await cipherWith({})).toMatch(/^TLS_/);
  expect(await cipherWith({ maxVersion: "TLSv1.2" })).toMatch(/GCM|CHACHA20/);
  const weak = {
    maxVersion: "TLSv1.2",
    ciphers: "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA",
  } as const;
  await expect(cipherWith(weak)).rejects.toThrow();
});
