/** The server as an operator starts it: sentences and exit codes, signals, files. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBase64Url, toHex } from "@nimes/protocol/bytes";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, expect, test } from "vitest";
import { settings } from "./config.ts";

const base = mkdtempSync(join(tmpdir(), "nimes-main-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const rootHash = "ab".repeat(32);
writeFileSync(join(base, "index.html"), "");
const freshFolder = (): string => mkdtempSync(join(base, "data-"));

function start(environment: Record<string, string>, ...parameters: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...parameters], {
    env: {
      PATH: process.env.PATH,
      NIMES_PORT: "0",
      NIMES_ORG_ROOT: rootHash,
      NIMES_APP: base,
      ...environment,
    },
  });
  let output = "";
  let faults = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stderr.on("data", (data) => {
    faults += data;
  });
  const exited = once(child, "close").then(([code]) => ({ code: code as number, output, faults }));
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const url = /ready: (\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    });
    exited.then(({ code, faults: text }) => reject(new Error(`ended with ${code}: ${text}`)), reject);
  });
  ready.catch(() => {});
  return { child, exited, ready };
}

/** One sentence, no stack. */
async function failsWith(
  environment: Record<string, string>,
  exitCode: number,
  sentence: RegExp,
): Promise<void> {
  const { code, faults } = await start(environment).exited;
  expect(faults).toMatch(sentence);
  expect(faults.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(exitCode);
}

test("everybody gets the source of what runs here; where there is none, the answer says so", async () => {
  const NIMES_SOURCE = join(base, "source.tar.gz");
  writeFileSync(NIMES_SOURCE, "packed");
  const server = start({ NIMES_DATA: freshFolder(), NIMES_SOURCE });
  const url = `${await server.ready}/v1/source`;
  const answer = await fetch(url);
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="nimes-source.tar.gz"');
  expect(await answer.text()).toBe("packed");
  rmSync(NIMES_SOURCE);
  expect((await fetch(url)).status).toBe(404);
  server.child.kill("SIGTERM");
  await server.exited;
});

test("wrong settings are named in one sentence, with exit code 2", { timeout: 600_000 }, async () => {
  const data = { NIMES_DATA: freshFolder() };
  await failsWith({ ...data, NIMES_ORG_ROOT: "" }, 2, /NIMES_ORG_ROOT/);
  await failsWith({ ...data, NIMES_ORG_ROOT: "beef" }, 2, /NIMES_ORG_ROOT/);
  await failsWith({ ...data, NIMES_PORT: "70000" }, 2, /NIMES_PORT/);
  await failsWith({ ...data, NIMES_PUBLIC_URL: "nimes.example.org" }, 2, /NIMES_PUBLIC_URL/);
  await failsWith({ ...data, NIMES_LOG_LEVEL: "loud" }, 2, /NIMES_LOG_LEVEL/);
  await failsWith({ ...data, NIMES_PROXY: "proxy" }, 2, /NIMES_PROXY/);
  await failsWith({ ...data, NIMES_TLS_CERT: join(base, "none.pem") }, 2, /NIMES_TLS_KEY/);
  await failsWith(
    { ...data, NIMES_APP: join(base, "none") },
    2,
    /none holds no built messenger: run `npm run build`/,
  );
  const pair = { NIMES_TLS_CERT: join(base, "none.pem"), NIMES_TLS_KEY: join(base, "none.pem") };
  await failsWith({ ...data, ...pair }, 2, /TLS file .* does not exist/);
});

test("TLS files that hold something else are named", async () => {
  const file = join(base, "no.pem");
  writeFileSync(file, "no certificate");
  const data = { NIMES_DATA: freshFolder() };
  await failsWith({ ...data, NIMES_TLS_CERT: file, NIMES_TLS_KEY: file }, 2, /TLS files/);
});

test("a port that is taken is named", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await failsWith(
    { NIMES_DATA: freshFolder(), NIMES_PORT: `${port}` },
    2,
    new RegExp(`Port ${port} is taken`),
  );
  other.close();
});

test("an address of another machine is named", async () => {
  await failsWith({ NIMES_DATA: freshFolder(), NIMES_ADDRESS: "203.0.113.1" }, 2, /address 203\.0\.113\.1/);
});

test("a data folder that cannot be written is named", async () => {
  const file = join(base, "a file");
  writeFileSync(file, "");
  await failsWith({ NIMES_DATA: file }, 2, /data folder .* cannot be written/);
  await failsWith({ NIMES_DATA: join(file, "below") }, 2, /data folder .* cannot be written/);
  if (process.getuid?.() === 0) return; // Root may write everywhere.
  const readOnly = join(base, "read only");
  mkdirSync(readOnly);
  chmodSync(readOnly, 0o500);
  await failsWith({ NIMES_DATA: readOnly }, 2, /data folder .* cannot be written/);
});

test("a damaged database is named, with exit code 3, and left as it was", async () => {
  const folder = freshFolder();
  const file = join(folder, "nimes.sqlite");
  writeFileSync(file, "not a database ".repeat(1_000));
  const { size } = statSync(file);
  await failsWith({ NIMES_DATA: folder }, 3, /database .* is damaged: restore the last backup/);
  expect(statSync(file).size).toBe(size);
});

test("data of another organisation is named, and left as it was", async () => {
  const { organisation, dataFolder, stop, close } = await startTestServer();
  await stop();
  const sentence = new RegExp(
    `belongs to the organisation with the root ${toHex(organisation.rootHash)}: set NIMES_ORG_ROOT`,
  );
  await failsWith({ NIMES_DATA: dataFolder }, 2, sentence);
  await close();
});

test("what was restored is for its own user alone again, with whatever modes it came", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "nimes.sqlite.backup"), "", { mode: 0o644 });
  mkdirSync(join(folder, "attachments"), { mode: 0o755 });
  chmodSync(folder, 0o755);
  const server = start({ NIMES_DATA: folder });
  await server.ready;
  const modeOf = (path: string) => statSync(join(folder, path)).mode & 0o777;
  expect([modeOf(""), modeOf("attachments"), modeOf("nimes.sqlite.backup")]).toEqual([0o700, 0o700, 0o600]);
  server.child.kill("SIGTERM");
  await server.exited;
});

test("a damaged server key is named", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "server.key"), "short");
  await failsWith({ NIMES_DATA: folder }, 2, /server\.key is damaged/);
});

test("a second server for one data folder is refused; a killed one leaves no lock", async () => {
  const NIMES_DATA = freshFolder();
  const first = start({ NIMES_DATA });
  await first.ready;
  await failsWith({ NIMES_DATA }, 2, /Another server is using the data folder/);
  first.child.kill("SIGKILL");
  await first.exited;
  const second = start({ NIMES_DATA });
  await second.ready;
  second.child.kill("SIGTERM");
  expect((await second.exited).code).toBe(0);
});

test("both signals end it cleanly, and only its user may read what it keeps", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const NIMES_DATA = join(freshFolder(), "made by the server");
    const server = start({ NIMES_DATA });
    const url = await server.ready;
    expect(await fetch(`${url}/healthz`).then((answer) => answer.json())).toEqual({ status: "ok" });
    expect(await fetch(`${url}/readyz`).then((answer) => answer.status)).toBe(200);
    const modeOf = (path: string) => statSync(join(NIMES_DATA, path)).mode & 0o777;
    expect(modeOf("")).toBe(0o700);
    for (const file of ["server.key", "nimes.sqlite", "authority.sqlite", "server.lock"])
      expect([file, modeOf(file)]).toEqual([file, 0o600]);
    server.child.kill(signal);
    expect((await server.exited).code).toBe(0);
  }
});

test("the root hash is taken as in the letter, too", async () => {
  const server = start({
    NIMES_DATA: freshFolder(),
    NIMES_ORG_ROOT: toBase64Url(Buffer.from(rootHash, "hex")),
  });
  await server.ready;
  server.child.kill("SIGTERM");
  expect((await server.exited).code).toBe(0);
});

test("--help prints every setting", async () => {
  const { code, output } = await start({}, "--help").exited;
  expect(code).toBe(0);
  for (const { name } of settings) expect(output).toContain(name);
});
