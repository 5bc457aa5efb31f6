/** A world for scenarios: an organisation, a real server on loopback, and officers who activate on it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ports } from "@nimes/client/ports/ports";
import { encodeCbor } from "@nimes/protocol/cbor";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { ServerConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import {
  enrolOfficer,
  makeOrganisation,
  publishManifest,
  type TestLetter,
  type TestOrganisation,
} from "../organisation.ts";
import { activateOfficer, type Officer, reopen, restart, type World } from "./officers.ts";

export type OpenWorld = {
  world: World;
  organisation: TestOrganisation;
  /** Everything the server keeps: database, attachments, its key. */
  dataFolder: string;
  /** The server's clock. */
  clock: { now(): number; pass(ms: number): void };
  /** Brings what a holder of a key has signed to the server, which must take it. */
  publish(route: { path: string }, body: unknown): Promise<void>;
  /** Letter of an officer who has not used it yet. */
  enrol(name: string, fields?: Partial<UserAttestation>): Promise<TestLetter>;
  /** The organisation's root signs the next version of the manifest. */
  publishManifest(changes: Partial<OrgManifest>): Promise<void>;
  /** An officer with a client that is open. */
  join(name: string, ports?: Partial<Ports>, letter?: TestLetter): Promise<Officer>;
  /** Closes a client; its device sleeps. */
  sleep(officer: Officer): Promise<void>;
  /** The device again, locked. */
  restart(officer: Officer, ports?: Partial<Ports>): Promise<Officer>;
  /** The device again, opened. */
  wake(officer: Officer, ports?: Partial<Ports>): Promise<Officer>;
  stopServer(): Promise<void>;
  /** On the same port and data. */
  startServer(): Promise<void>;
  /** Bugs that clients have reported. */
  bugs: unknown[];
  close(): Promise<void>;
};

/** @param start how the server is started: in this process, unless a test needs one of its own. */
export async function openWorld(start: typeof startServer = startServer): Promise<OpenWorld> {
  const organisation = await makeOrganisation();
  const dataFolder = await mkdtemp(join(tmpdir(), "nimes-world-"));
  const config: ServerConfig = {
    address: "127.0.0.1",
    port: 0,
    dataFolder,
    publicUrl: "http://localhost",
    extraOrigins: [],
    rootHash: organisation.rootHash,
    appFolder: dataFolder,
    logLevel: "silent",
    quotaBytes: 100_000_000,
  };
  let passedMs = 0;
  const clock = {
    now: () => Date.now() + passedMs,
    pass(ms: number) {
      passedMs += ms;
    },
  };
  let server: RunningServer | undefined = await start(config, clock);
  const { url: serverUrl, port } = server;
  for (const manifest of organisation.manifests) await post(serverUrl, routes.postManifest.path, manifest);

  const bugs: unknown[] = [];
  const awake = new Set<Officer>();
  const enrol = async (name: string, fields: Partial<UserAttestation> = {}): Promise<TestLetter> => {
    const letter = await enrolOfficer(organisation, { displayName: name, ...fields });
    await post(serverUrl, routes.postAttestation.path, letter.signedAttestation);
    return letter;
  };
  const world: World = {
    serverUrl,
    letterFor: async (name) => (await enrol(name)).linkAt(serverUrl),
    onBug: (error) => bugs.push(error),
  };
  const track = (officer: Officer): Officer => {
    awake.add(officer);
    return officer;
  };
  const sleep = async (officer: Officer): Promise<void> => {
    awake.delete(officer);
    await officer.client.close();
  };
  const stop = async (): Promise<void> => {
    const running = server;
    server = undefined;
    await running?.close();
  };
  return {
    world,
    organisation,
    dataFolder,
    clock,
    publish: (route, body) => post(serverUrl, route.path, body),
    enrol,
    publishManifest: async (changes) =>
      post(serverUrl, routes.postManifest.path, await publishManifest(organisation, changes)),
    join: async (name, ports, letter) =>
      track(await activateOfficer(letter ? withLetter(world, letter) : world, name, ports)),
    sleep,
    restart: async (officer, ports) => track(await restart(officer, ports)),
    wake: async (officer, ports) => track(await reopen(officer, ports)),
    stopServer: stop,
    async startServer() {
      server = await start({ ...config, port, publicUrl: serverUrl }, clock);
    },
    bugs,
    async close() {
      await Promise.all([...awake].map(sleep));
      await stop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

const withLetter = (world: World, letter: TestLetter): World => ({
  ...world,
  letterFor: async () => letter.linkAt(world.serverUrl),
});

async function post(serverUrl: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(serverUrl + path, {
    method: "POST",
    headers: { "content-type": cborMediaType },
    body: encodeCbor(body),
  });
  if (!answer.ok) throw new Error(`the server refused ${path}: ${answer.status}`);
}
