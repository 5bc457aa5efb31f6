/** The shell scripts of docs/operation.md, run as they stand there: whether they do what is said of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { readConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import { keptIn } from "@nimes/testing/server/kept-in";
import { certificate, certificateKey } from "@nimes/testing/server/self-signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inFoldersOf, operationScripts, runScript } from "./test/operation-scripts.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

const checkout = join(import.meta.dirname, "../../..");

let office: Workplace;
let rootHash: string;
let data: string;
beforeEach(async () => {
  office = makeWorkplace();
  rootHash =
    (await office.nimes(["init", "Polizei", "--unit", "pi-celle=PI Celle"])).printed.split("=").at(-1) ?? "";
  data = join(office.folder, "var/lib/nimes");
  mkdirSync(join(office.folder, "app"));
  writeFileSync(join(office.folder, "app/index.html"), "");
});
afterEach(() => office.remove());

const machine = () => ({ data, backup: join(office.folder, "backup"), programs: join(office.folder, "bin") });
/** What a machine has that is set up for it, and this one need not. */
const here = (script: string): string =>
  inFoldersOf(machine(), script)
    .replace("d88c…bf9c7", rootHash)
    .replaceAll(/\b(chain|key)\.pem/g, join(office.folder, "$1.pem"));
const run = (script: string): void =>
  expect([script, runScript(machine(), script)]).toEqual([script, { status: 0, stderr: "" }]);

test("every script of docs/operation.md is run here", () => {
  expect(operationScripts.more).toEqual([]);
});

test("the server starts as docs/operation.md says, with TLS, and ends when it is told", async () => {
  const [build = "", ...lines] = operationScripts.start.split("\n");
  // From the network, and minutes long: whoever runs this has done it.
  expect(build).toBe("npm install && npm run build");
  writeFileSync(join(office.folder, "chain.pem"), certificate);
  writeFileSync(join(office.folder, "key.pem"), certificateKey);
  const port = await freePort();
  // Only root may listen on 443.
  const script = here(lines.join("\n")).replace("NIMES_PORT=443", `NIMES_PORT=${port}`);
  expect(script).toContain(` NIMES_PORT=${port} `);
  const child = spawn("bash", ["-euc", script], {
    cwd: checkout,
    // Its own group: npm stands between it and the server.
    detached: true,
    env: { ...process.env, NIMES_APP: join(office.folder, "app") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    const ready = new Promise<string>((resolve) => {
      let said = "";
      child.stdout.on("data", (chunk) => {
        said += chunk;
        const address = /NIMes is ready: (\S+)/.exec(said)?.[1];
        if (address) resolve(address);
      });
    });
    expect(await Promise.race([ready, ended])).toBe("https://nimes.example.de");
    expect(await statusOf(port, "/readyz")).toBe(200);
  } finally {
    process.kill(-(child.pid ?? 0), "SIGTERM");
    await ended;
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : 0;
}
const statusOf = async (port: number, path: string): Promise<number | undefined> => {
  const request = get({ host: "127.0.0.1", port, path, ca: certificate, servername: "localhost" });
  const [answer] = await once(request, "response");
  answer.resume();
  return answer.statusCode;
};

const start = (): Promise<RunningServer> =>
  startServer(
    readConfig({ NIMES_ORG_ROOT: rootHash, NIMES_PORT: "0", NIMES_DATA: data, NIMES_LOG_LEVEL: "silent" }),
  );
const lose = (file: string): void => {
  for (const end of ["", "-wal", "-shm"]) rmSync(join(data, `${file}${end}`), { force: true });
};
const enrol = async (name: string): Promise<void> =>
  expect((await office.nimes(["user", "add", name, "--unit", "pi-celle"])).code).toBe(0);

test("what docs/operation.md saves while the server runs, it brings back as it says", async () => {
  let server = await start();
  await office.nimes(["upload", "--server", `http://127.0.0.1:${server.port}`]);
  await enrol("Anna Behrens");
  run(operationScripts.backUp);
  await enrol("Ole Janssen");
  await server.close();
  lose("nimes.sqlite");
  run(operationScripts.restoreRooms);
  server = await start();
  await server.close();
  expect(keptIn(data)).toEqual({ generation: 2, people: 2 });

  lose("authority.sqlite");
  for (const script of [operationScripts.restoreRooms, operationScripts.restoreAuthority]) run(script);
  server = await start();
  await server.close();
  expect(keptIn(data)).toEqual({ generation: 1, people: 1 });
  expect(existsSync(join(data, "attachments"))).toBe(true);
});
