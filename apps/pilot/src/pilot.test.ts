/** The pilot as people start it: a process of its own, a real client with a printed link, a server that is killed. */
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { exitCodes } from "@nimes/cli/stop";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { MessageItem, NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import type { Storage } from "@nimes/client/ports/storage";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { consentAndActivate } from "./officers/stay-open.ts";
import { untilOnline } from "./officers/until-online.ts";

type Ready = { url: string; activations: { name: string; unit: string; url: string }[] };
type RunningPilot = {
  process: ChildProcess;
  ready: Ready;
  said: () => string;
  exited: Promise<number | null>;
};

let folder: string;
const running: ChildProcess[] = [];
const clients: NimesClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nimes-pilot-"));
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app", "index.html"), "<!doctype html><title>NIMes</title>");
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function spawnPilot(args: string[]): Omit<RunningPilot, "ready"> & { firstLine: Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], {
    // A built messenger is given, so that nothing is built here.
    env: { ...process.env, NIMES_APP: join(folder, "app"), NIMES_LANG: "de" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let out = "";
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
      if (out.includes("\n")) resolve(out.slice(0, out.indexOf("\n")));
    });
    exited.then((code) => reject(new Error(`the pilot ended with ${code}: ${said}`)));
  });
  firstLine.catch(() => undefined);
  return { process: child, said: () => said, exited, firstLine };
}

async function startPilot(...more: string[]): Promise<RunningPilot> {
  const pilot = spawnPilot(["--json", "--data", join(folder, "data"), ...more]);
  return { ...pilot, ready: JSON.parse(await pilot.firstLine) as Ready };
}

const pin = "Leinewehr 42";

async function person(url: string, storage?: Storage): Promise<NimesClient> {
  const client = await openClient(await createNodePorts({ serverUrl: url, ...(storage && { storage }) }));
  clients.push(client);
  return client;
}

/** Waits until a condition over the client's state holds. */
async function until<T>(client: NimesClient, look: () => Promise<T | undefined>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const attempt = () =>
    look().then((found) => {
      if (found !== undefined) resolve(found);
    }, reject);
  const unsubscribe = await client.subscribe(attempt);
  await attempt();
  try {
    return await promise;
  } finally {
    unsubscribe();
  }
}

const messages = async (client: NimesClient, roomId: RoomId): Promise<MessageItem[]> =>
  (await client.timeline(roomId, { limit: 100 })).items.filter((item) => item.kind === "message");

/** Writes, and waits for an answer behind it. */
async function talk(client: NimesClient, roomId: RoomId, text: string): Promise<MessageItem> {
  const sent = await client.sendText(roomId, text);
  if (!sent.ok) throw new Error(sent.code);
  return until(client, async () => {
    const all = await messages(client, roomId);
    const own = all.findIndex(({ messageId }) => messageId === sent.value);
    return all.slice(own + 1).find((message) => !message.own);
  });
}

/** The room with somebody who is simulated. */
async function openRoom(client: NimesClient): Promise<RoomId> {
  const { people } = await client.directory();
  const officer = people.find(
    (candidate) => candidate.function.endsWith("(simuliert)") && candidate.reachable,
  );
  if (!officer) throw new Error("no simulated officer in the directory");
  const room = await client.openDirectRoom(officer.userId);
  if (!room.ok) throw new Error(room.code);
  return room.value;
}

const serverPid = () => Number(readFileSync(join(folder, "data", "server.pid"), "utf8"));

test("people and simulated officers write to each other; a killed server comes back; a second start goes on (P1, P2, F1)", async () => {
  const first = await startPilot("--port", "0", "--officers", "1");
  const { url, activations } = first.ready;
  const [link, other] = activations;
  if (!link || !other) throw new Error("no activation links");
  expect(new URL(link.url).hostname).toBe("anna.localhost");
  expect(new URL(link.url).port).toBe(new URL(url).port);

  const storage = createMemoryStorage();
  const anna = await person(url, storage);
  expect(await consentAndActivate(anna, link.url, pin)).toMatchObject({
    ok: true,
    value: { displayName: link.name },
  });
  const roomId = await openRoom(anna);
  expect((await talk(anna, roomId, "Moin, ist der Südausgang frei?")).body.kind).toBe("text");

  const killed = serverPid();
  process.kill(killed, "SIGKILL");
  expect((await talk(anna, roomId, "Danke")).body.kind).toBe("text");
  expect(serverPid()).not.toBe(killed);
  expect(first.said()).toMatch(/unerwartet beendet worden \(SIGKILL\)/);

  const picture = await talk(anna, roomId, "Schick bitte ein Foto");
  expect(picture.body).toMatchObject({ kind: "picture", width: 1280, height: 960 });
  const whole = await anna.picture(roomId, picture.messageId);
  expect(whole).toMatchObject({ ok: true, value: { mediaType: "image/jpeg" } });

  const before = await messages(anna, roomId);
  await anna.close();
  first.process.kill("SIGINT");
  expect(await first.exited).toBe(0);
  expect(existsSync(join(folder, "data", "server.pid"))).toBe(false);
  for (const file of readdirSync(join(folder, "data"), { recursive: true, withFileTypes: true }))
    if (file.isFile() && file.name !== "officers.v8")
      expect(readFileSync(join(file.parentPath, file.name)).includes("Südausgang"), file.name).toBe(false);
  expect(statSync(join(folder, "data", "officers.v8")).mode & 0o077).toBe(0);

  const second = await startPilot("--port", new URL(url).port, "--officers", "1");
  expect(existsSync(join(folder, "data", "officers.v8"))).toBe(false);
  expect(second.ready.activations.map(({ name }) => name)).not.toContain(link.name);
  expect(second.ready.activations).toContainEqual(other);
  const again = await person(url, storage);
  expect(await again.open(pin)).toMatchObject({ ok: true });
  expect(await untilOnline(again, 20_000)).toBe(true);
  expect((await messages(again, roomId)).map(({ messageId }) => messageId)).toEqual(
    before.map(({ messageId }) => messageId),
  );
  expect((await talk(again, roomId, "Seid ihr noch da?")).sender).toEqual(picture.sender);
  const { items } = await again.timeline(roomId, { limit: 100 });
  const notices = items.flatMap((item) => (item.kind === "notice" ? [item.notice.type] : []));
  expect(notices, "neither loss nor fork (P4)").toEqual(["founded", "added"]);
  second.process.kill("SIGTERM");
  expect(await second.exited).toBe(0);
}, 600_000);

test("in a group every simulated officer greets once, one answers, and none answers another", async () => {
  const pilot = await startPilot("--port", "0", "--officers", "2");
  const link = pilot.ready.activations[0];
  if (!link) throw new Error("no activation links");
  const anna = await person(pilot.ready.url);
  await consentAndActivate(anna, link.url, pin);
  const officers = (await anna.directory()).people.filter(({ function: duty }) =>
    duty.endsWith("(simuliert)"),
  );
  expect(officers).toHaveLength(2);
  const group = await anna.createGroup({
    name: "Einsatz Nord",
    userIds: officers.map(({ userId }) => userId),
  });
  if (!group.ok) throw new Error(group.code);
  const others = async () => (await messages(anna, group.value)).filter(({ own }) => !own);
  await until(anna, async () => ((await others()).length >= 2 ? true : undefined));
  const [addressed] = officers;
  const surname = addressed?.displayName.split(" ").at(-1);
  const answer = await talk(anna, group.value, `${surname}, wo seid ihr?`);
  expect(answer.sender.userId).toBe(addressed?.userId);
  // A direct question after it proves that time has passed for everybody, and that nobody spoke in the group meanwhile.
  await talk(anna, await openRoom(anna), "Hallo");
  expect(new Set((await others()).slice(0, 2).map(({ sender }) => sender.userId)).size).toBe(2);
  expect(await others()).toHaveLength(3);
}, 600_000);

test("after a crash the simulated officers are new people, and it is said", async () => {
  const first = await startPilot("--port", "0", "--officers", "1");
  const server = serverPid();
  first.process.kill("SIGKILL");
  await first.exited;
  await expect.poll(() => isAlive(server), { timeout: 15_000 }).toBe(false);
  const second = await startPilot("--port", "0", "--officers", "1");
  expect(second.said()).toMatch(/antworten nicht mehr, neue mit anderen Namen/);
  const link = second.ready.activations[0];
  if (!link) throw new Error("no activation links");
  const anna = await person(second.ready.url);
  await consentAndActivate(anna, link.url, pin);
  const simulated = (await anna.directory()).people.filter(({ function: duty }) =>
    duty.endsWith("(simuliert)"),
  );
  expect(new Set(simulated.map(({ displayName }) => displayName)).size).toBe(2);
}, 600_000);

test("who got a new phone by `nimes` is not offered a letter at the next start, which goes well", async () => {
  const first = await startPilot("--port", "0", "--officers", "0");
  const [link] = first.ready.activations;
  if (!link) throw new Error("no activation links");
  await consentAndActivate(await person(first.ready.url), link.url, pin);
  const passphrase = readFileSync(join(folder, "data", "passphrase"), "utf8").trim();
  const nimes = [join(import.meta.dirname, "../../cli/src/main.ts"), "letter", link.name, "--new-device"];
  const env = { ...process.env, NIMES_PASSPHRASE: passphrase };
  await promisify(execFile)(process.execPath, [...nimes, "--folder", join(folder, "data", "organisation")], {
    env,
  });
  first.process.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  const second = await startPilot("--port", "0", "--officers", "0");
  expect(second.ready.activations.map(({ name }) => name)).not.toContain(link.name);
}, 600_000);

test("a port that is taken is one sentence and an exit code", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const pilot = spawnPilot(["--data", join(folder, "data"), "--port", String(port)]);
  expect(await pilot.exited).toBe(exitCodes.fault);
  expect(pilot.said()).toBe(
    `Port ${port} ist belegt: das andere Programm beenden oder mit --port einen anderen wählen.\n`,
  );
  expect(existsSync(join(folder, "data"))).toBe(false);
  holder.close();
});

test("a data folder that cannot be written is one sentence and an exit code", async () => {
  writeFileSync(join(folder, "file"), "");
  const pilot = spawnPilot(["--port", "0", "--data", join(folder, "file", "data")]);
  expect(await pilot.exited).toBe(exitCodes.folder);
  expect(pilot.said()).toMatch(/^Der Datenordner \S+ lässt sich nicht schreiben: .*\n$/);
});

test("a damaged database is one sentence and an exit code", async () => {
  const first = await startPilot("--port", "0", "--officers", "0");
  first.process.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  writeFileSync(join(folder, "data", "server", "nimes.sqlite"), "not a database, not at all".repeat(1000));
  const second = spawnPilot(["--port", "0", "--officers", "0", "--data", join(folder, "data")]);
  expect(await second.exited).toBeGreaterThan(0);
  expect(second.said()).toMatch(/(damaged|beschädigt)/);
  expect(second.said().trim().split("\n")).toHaveLength(1);
});

test("two pilots never share their data", async () => {
  await startPilot("--port", "0", "--officers", "0");
  const second = spawnPilot(["--port", "0", "--officers", "0", "--data", join(folder, "data")]);
  expect(await second.exited).toBe(exitCodes.folder);
  expect(second.said()).toMatch(/läuft schon ein Pilot/);
});

test.for([
  [["--port", "80000"], /kein Port/],
  [["--port", "abc"], /kein Port/],
  [["--officers", "-1"], /keine Zahl/],
  [["--nonsense"], /nonsense/],
] as const)("%j is one sentence and an exit code", async ([args, sentence]) => {
  const pilot = spawnPilot([...args]);
  expect(await pilot.exited).toBe(exitCodes.usage);
  expect(pilot.said()).toMatch(sentence);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
