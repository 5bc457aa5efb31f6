import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { decodeCbor } from "@nimes/protocol/cbor";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned } from "@nimes/protocol/signed/signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: Server;
let address: string;
let publicKey: string;
const file = (name: string): string => join(office.folder, "app", name);

/** Delivers the folder as it is, as a server of files does. */
beforeEach(async () => {
  office = makeWorkplace();
  mkdirSync(file("assets"), { recursive: true });
  writeFileSync(file("index.html"), "<!doctype html>");
  writeFileSync(file("assets/app-1.js"), "start();");
  server = createServer((request, response) => {
    try {
      const path = request.url === "/" ? "index.html" : (request.url ?? "").slice(1);
      response.end(readFileSync(file(path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  publicKey = (await office.nimes(["release", "key"])).printed;
  expect(publicKey).toMatch(/^[0-9a-f]{64}$/);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  office.remove();
});

const sign = () => office.nimes(["release", "sign", "app", "--release-version", "1.2.0"]);
const verify = (...more: string[]) => office.nimes(["release", "verify", address, ...more]);

test("a release is signed over all files of the folder, and plain words say which", async () => {
  const run = await sign();
  expect(run).toMatchObject({ code: 0, printed: publicKey });
  expect(run.notes).toContain("Version 1.2.0 der Anwendung besteht aus genau 2 Datei(en)");
  const signed = decodeCbor(Signed, new Uint8Array(readFileSync(file("release.cbor"))));
  if (!signed.ok) throw new Error(signed.code);
  const key = Uint8Array.from(Buffer.from(publicKey, "hex"));
  const opened = await openSigned("ReleaseManifest", ReleaseManifest, signed.value, [key]);
  const entry = (path: string) => {
    const bytes = new Uint8Array(readFileSync(file(path)));
    return { path: `/${path}`, sha256: sha256(bytes), size: bytes.byteLength };
  };
  expect(opened).toMatchObject({
    value: { version: "1.2.0", files: [entry("assets/app-1.js"), entry("index.html")] },
  });
  // Signing again does not list the signature of before.
  await sign();
  expect((await verify()).printed).toContain("alle 2 Dateien");
});

test("what a server delivers is verified file by file, with a name for what differs", async () => {
  await sign();
  expect(await verify()).toMatchObject({ code: 0, printed: expect.stringContaining("Version 1.2.0") });
  expect((await verify("--public-key", publicKey)).code).toBe(0);
  writeFileSync(file("assets/app-1.js"), "steal();");
  const changed = await verify();
  expect(changed).toMatchObject({
    code: exitCodes.refused,
    printed: "/assets/app-1.js ist anders als unterschrieben",
  });
  rmSync(file("assets/app-1.js"));
  expect((await verify()).printed).toBe("/assets/app-1.js fehlt");
  writeFileSync(file("index.html"), "<!doctype html> ");
  expect((await verify()).printed.split("\n").sort()).toEqual([
    "/ ist anders als unterschrieben",
    "/assets/app-1.js fehlt",
    "/index.html ist anders als unterschrieben",
  ]);
});

test("a release that is not signed, or by another key, is refused", async () => {
  expect(await verify()).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("keine unterschriebene"),
  });
  await sign();
  expect(await verify("--public-key", "0".repeat(64))).toMatchObject({ code: exitCodes.refused });
  writeFileSync(file("release.cbor"), "nonsense");
  expect(await verify()).toMatchObject({ code: exitCodes.refused });
});

test("a folder without an app, a bad name and a second key are each one sentence", async () => {
  mkdirSync(join(office.folder, "empty"));
  expect((await office.nimes(["release", "sign", "empty"])).notes).toContain("index.html fehlt");
  expect((await office.nimes(["release", "sign", "none"])).notes).toContain("gibt es nicht");
  writeFileSync(file("mit leer.js"), "");
  expect((await sign()).notes).toContain("/mit leer.js");
  expect((await office.nimes(["release", "key"])).code).toBe(exitCodes.folder);
  expect((await office.nimes(["release", "sign", "app", "--release-version", "ä"])).code).toBe(
    exitCodes.usage,
  );
});
