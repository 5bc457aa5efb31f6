/** Releases: signed here, delivered by the real server, verified by anybody; every planted change is named. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { decodeCbor } from "@nimes/protocol/cbor";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { readConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;
let address: string;
let rootHash: string;
let publicKey: string;
const file = (name: string): string => join(office.folder, "app", name);

beforeEach(async () => {
  office = makeWorkplace();
  mkdirSync(file("assets"), { recursive: true });
  writeFileSync(file("index.html"), "<!doctype html>");
  writeFileSync(file("service-worker.js"), "guard();");
  writeFileSync(file("assets/app-1.js"), "start();");
  const made = await office.nimes(["init", "Polizei Beispiel"]);
  rootHash = made.printed.split("=").at(-1) ?? "";
  publicKey = (await office.nimes(["release", "key"])).printed;
  expect(publicKey).toMatch(/^[0-9a-f]{64}$/);
  expect((await office.nimes(["release", "trust"])).code).toBe(0);
  server = await startServer(
    readConfig({
      NIMES_ORG_ROOT: rootHash,
      NIMES_PORT: "0",
      NIMES_DATA: join(office.folder, "server"),
      NIMES_APP: join(office.folder, "app"),
      NIMES_LOG_LEVEL: "silent",
    }),
  );
  address = `http://127.0.0.1:${server.port}`;
});
afterEach(async () => {
  await server.close();
  office.remove();
});

const sign = (now?: number) =>
  office.nimes(["release", "sign", "app", "--release-version", "1.2.0"], now === undefined ? {} : { now });
const verify = (...more: string[]) => office.nimes(["release", "verify", address, ...more]);
/** As somebody who has nothing but an activation letter. */
const verifyElsewhere = (...more: string[]) =>
  office.nimes(["--folder", "elsewhere", "release", "verify", address, ...more]);

function readSigned(name: string): Signed {
  const decoded = decodeCbor(Signed, new Uint8Array(readFileSync(file(name))));
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.value;
}

test("a release is signed over all files of the folder, by a key that the organisation beside it names", async () => {
  const run = await sign();
  expect(run).toMatchObject({ code: 0, printed: publicKey });
  expect(run.notes).toContain("Version 1.2.0 der Anwendung besteht aus genau 3 Datei(en)");
  const key = Uint8Array.from(Buffer.from(publicKey, "hex"));
  const opened = await openSigned("ReleaseManifest", ReleaseManifest, readSigned("release.cbor"), [key]);
  const entry = (path: string) => {
    const bytes = new Uint8Array(readFileSync(file(path)));
    return { path: `/${path}`, sha256: sha256(bytes), size: bytes.byteLength };
  };
  expect(opened).toMatchObject({
    value: {
      version: "1.2.0",
      files: [entry("assets/app-1.js"), entry("index.html"), entry("service-worker.js")],
    },
  });
  const organisation = peekSigned(OrgManifest, readSigned("organisation.cbor"));
  expect(organisation).toMatchObject({ value: { version: 2, releaseKeys: [key] } });
  // Signing again does not list what signing wrote before.
  await sign();
  expect((await verify()).printed).toContain("alle 3 Dateien");
});

test("anybody verifies what the server delivers, with the hash that stands in every letter", async () => {
  await sign();
  expect(await verify()).toMatchObject({ code: 0, printed: expect.stringContaining("Version 1.2.0") });
  expect((await verifyElsewhere("--root", rootHash)).code).toBe(0);
  expect((await verifyElsewhere("--public-key", publicKey)).code).toBe(0);
  expect((await verifyElsewhere("--root", "0".repeat(64))).code).toBe(exitCodes.refused);
  expect((await verifyElsewhere("--root", rootHash, "--public-key", "0".repeat(64))).code).toBe(
    exitCodes.refused,
  );
  expect((await verifyElsewhere()).code).toBe(exitCodes.usage);
});

test("changed, cut and missing files are each named", async () => {
  await sign();
  writeFileSync(file("assets/app-1.js"), "steal();");
  expect(await verify()).toMatchObject({
    code: exitCodes.refused,
    printed: "/assets/app-1.js ist anders als unterschrieben",
    notes: expect.stringContaining("nicht genau Version 1.2.0"),
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

test("a proxy that weakens a header or gives browsers another service worker is named", async () => {
  await sign();
  const proxy: Server = createServer(async (request, response) => {
    const answer = await fetch(address + (request.url ?? "/"));
    const headers = Object.fromEntries(answer.headers);
    if (request.url === "/index.html") headers["content-security-policy"] = "default-src *";
    for (const name of ["referrer-policy", "content-length", "connection", "keep-alive"])
      delete headers[name];
    response.writeHead(answer.status, headers);
    const asWorker = request.headers["service-worker"] === "script";
    response.end(asWorker ? "evil();" : Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = proxy.address() as AddressInfo;
    const run = await office.nimes(["release", "verify", `http://127.0.0.1:${port}`], { language: "en" });
    expect(run.code).toBe(exitCodes.refused);
    expect(run.printed.split("\n")).toEqual([
      "/service-worker.js is another file for the browser than for other programs",
      "The header referrer-policy is missing or different for 4 file(s), e.g. /",
      "The header content-security-policy is missing or different for 1 file(s), e.g. /index.html",
    ]);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});

test("a release that is not signed, by a key that does not count, or by one that ceased to is refused", async () => {
  expect(await verify()).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("keine unterschriebene"),
  });
  await sign();
  expect((await office.nimes(["release", "distrust", publicKey])).code).toBe(0);
  // What lies at the server is from before: it is named as behind what is known here.
  expect((await verify()).printed).toContain("Fassung 2 der Organisation, dieser Rechner kennt schon 3");
  expect(await sign()).toMatchObject({ code: exitCodes.refused });
  writeFileSync(file("release.cbor"), "nonsense");
  expect(await verify()).toMatchObject({ code: exitCodes.refused });
});

test("a clock that stands before the last release is noticed before a device refuses what it signs", async () => {
  const now = Date.now();
  await sign(now);
  expect(await sign(now - 60_000)).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("Uhr prüfen"),
  });
  expect((await sign(now + 60_000)).code).toBe(0);
});

test("a folder without an app, a bad name and a second key are each one sentence", async () => {
  mkdirSync(join(office.folder, "empty"));
  expect((await office.nimes(["release", "sign", "empty"])).notes).toContain("index.html fehlt");
  expect((await office.nimes(["release", "sign", "none"])).notes).toContain("gibt es nicht");
  writeFileSync(file("mit leer.js"), "");
  expect((await sign()).notes).toContain("/mit leer.js");
  rmSync(file("mit leer.js"));
  expect((await office.nimes(["release", "key"])).code).toBe(exitCodes.folder);
  expect((await office.nimes(["release", "trust"])).notes).toContain("gilt schon");
  expect((await office.nimes(["release", "sign", "app", "--release-version", "ä"])).code).toBe(
    exitCodes.usage,
  );
});
