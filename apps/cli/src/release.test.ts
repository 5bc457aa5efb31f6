/** Releases: signed here, delivered by the real server, verified by anybody; every planted change is named. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
import type { RunningServer } from "@nimes/server/server";
import { serverIn } from "@nimes/testing/server/server-in";
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
  server = await serverIn(office.folder, { rootHash, app: "app" });
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
  expect(run.notes).toContain("Version 1.2.0 der Anwendung besteht aus genau 3 Dateien");
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
      "The header referrer-policy is missing or different for 4 files, e.g. /",
      "The header content-security-policy is missing or different for 1 file, e.g. /index.html",
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

test.for([
  ["a hidden file", ".env", () => writeFileSync(file(".env"), "SECRET=1")],
  ["a file in a hidden folder", ".git", () => mkdirSync(file(".git"))],
  ["a hidden file further down", "assets/.map", () => writeFileSync(file("assets/.map"), "")],
  ["a link to a file outside", "key.js", () => symlinkSync(join(office.folder, "secret"), file("key.js"))],
  ["a link to a folder", "assets/more", () => symlinkSync(office.folder, file("assets/more"))],
  [
    "a link in place of what is written",
    "release.cbor",
    () => symlinkSync("/etc/hostname", file("release.cbor")),
  ],
] as const)("a folder with %s is not signed, and the place is named", async ([, path, plant]) => {
  writeFileSync(join(office.folder, "secret"), "secret");
  plant();
  expect(await sign()).toMatchObject({ code: exitCodes.usage, notes: expect.stringContaining(`/${path} `) });
  expect(readdirSync(join(office.folder, "nimes-organisation"))).not.toContain("releases");
});

test("the app's folder itself may be reached by a link: so releases are switched", async () => {
  symlinkSync(file(""), join(office.folder, "current"));
  expect((await office.nimes(["release", "sign", "current"])).code).toBe(0);
});

/** What lies in the app's folder now, to be put back later: signed once, but not the newest any more. */
const keepAside = () => cpSync(file(""), join(office.folder, "aside"), { recursive: true });
const putBack = () => cpSync(join(office.folder, "aside"), file(""), { recursive: true });
const numberIn = (notes: string): string => /--at-least (\d+)/.exec(notes)?.[1] ?? "";

test("an older release than this folder knows is named, whoever signed it", async () => {
  const now = Date.now();
  await sign(now - 60_000);
  keepAside();
  await office.nimes(["release", "sign", "app", "--release-version", "1.3.0"], { now });
  expect((await verify()).code).toBe(0);
  putBack();
  const run = await verify();
  expect(run).toMatchObject({ code: exitCodes.refused, notes: expect.stringContaining("1 Abweichung") });
  expect(run.printed).toMatch(/liefert Version 1\.2\.0 vom .*; erwartet ist mindestens die vom /);
});

test("a folder that signs nothing knows what it has verified", async () => {
  const now = Date.now();
  await sign(now - 60_000);
  keepAside();
  await sign(now);
  const auditor = makeWorkplace();
  try {
    expect((await office.nimes(["upload", "--server", address])).code).toBe(0);
    expect((await auditor.nimes(["join", rootHash, "--server", address])).code).toBe(0);
    const check = () => auditor.nimes(["release", "verify", address]);
    expect((await check()).code).toBe(0);
    expect((await check()).code).toBe(0);
    putBack();
    expect((await check()).printed).toContain("erwartet ist mindestens");
    // Half a file says nothing, and is no reason not to look at the others.
    const known = join(auditor.folder, "nimes-organisation/releases");
    writeFileSync(join(known, `${now + 1}.cbor`), "half");
    expect(await check()).toMatchObject({
      printed: expect.stringContaining("erwartet ist mindestens"),
      notes: expect.stringContaining("beschädigt"),
    });
  } finally {
    auditor.remove();
  }
});

test("whoever has no folder says which release it must be at least, by the number that was printed", async () => {
  const now = Date.now();
  const older = numberIn((await sign(now - 60_000)).notes);
  keepAside();
  const newer = numberIn((await sign(now)).notes);
  expect([older, newer]).toEqual([String(now - 60_000), String(now)]);
  putBack();
  const run = await verifyElsewhere("--root", rootHash, "--at-least", newer);
  expect(run).toMatchObject({
    code: exitCodes.refused,
    printed: expect.stringContaining("mindestens die vom"),
  });
  const fine = await verifyElsewhere("--root", rootHash, "--at-least", older);
  expect([fine.code, numberIn(fine.notes)]).toEqual([0, older]);
  for (const wrong of ["1.2.0", "0", "-1", "1e9"])
    expect((await verifyElsewhere("--root", rootHash, "--at-least", wrong)).code).toBe(exitCodes.usage);
});

test("what a key signed into the future stands in nobody's way once the root has taken it out", async () => {
  const now = Date.now() + 365 * 24 * 60 * 60_000;
  await office.nimes(["release", "sign", "app", "--clock-is-right"], { now });
  expect(await sign()).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("Uhr prüfen"),
  });
  const folder = join(office.folder, "nimes-organisation");
  for (const half of ["age", "pub"]) rmSync(join(folder, "keys", `release.${half}`));
  const next = (await office.nimes(["release", "key"])).printed;
  for (const args of [["trust"], ["distrust", publicKey]])
    expect((await office.nimes(["release", ...args, "--clock-is-right"])).code).toBe(0);
  expect(await sign()).toMatchObject({ code: 0, printed: next });
  expect((await verify()).code).toBe(0);
});
