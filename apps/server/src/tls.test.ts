/** TLS at the server itself: a pair that fits, and nothing weaker than authenticated encryption. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";
import { type RunningServer, startServer } from "./server.ts";

/** For localhost, until 2126; signed by itself. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUOPpIFJidHReZc6yThCqHbB3ZUogwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTA5MjA1OFoYDzIxMjYxMTA3
MDkyMDU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARlcIrIBjPuz8jvxqXtFS3XBW83vtViZooypbJvvPayCNZ6nocXUvon
lqkGbvKOW1KVAr94j2r/u2ULozz6J7C7o2kwZzAdBgNVHQ4EFgQUWcHI9DBVgdQq
Ue4naVxQkxepF+AwHwYDVR0jBBgwFoAUWcHI9DBVgdQqUe4naVxQkxepF+AwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAPuyBxmluasLun1LykTGp9G9aCMbDUdI0bYrbt4DrsvsAiEA1A73f7s7
uBPK+S+SynmcoHOWSk1PKH6eHHMVYDVviX0=
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBwTxtrQOTeMNEzu1
J5tsZ+FS/E1UgJnxG+Kxds+zvo6hRANCAARlcIrIBjPuz8jvxqXtFS3XBW83vtVi
ZooypbJvvPayCNZ6nocXUvonlqkGbvKOW1KVAr94j2r/u2ULozz6J7C7
-----END PRIVATE KEY-----
`;

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
  server = await startServer(readConfig(settings(key)));
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
