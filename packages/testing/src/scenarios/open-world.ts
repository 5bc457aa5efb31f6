/** A world for scenarios: an organisation, a real server on loopback, and officers who activate on it. */
import type { Ports } from "@nimes/client/ports/ports";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { startServer } from "@nimes/server/server";
import { enrolOfficer, publishManifest, type TestLetter, type TestOrganisation } from "../organisation.ts";
import { must } from "../server/raw-calls.ts";
import { startTestServer } from "../server/test-server.ts";
import { activateOfficer, type Officer, reopen, restart, type World } from "./officers.ts";

export type OpenWorld = {
  world: World;
  organisation: TestOrganisation;
  /** Everything the server keeps: database, attachments, its key. */
  dataFolder: string;
  /** The server's clock. */
  clock: { now(): number; pass(ms: number): void };
  /** Brings what a holder of a key has signed to the server, which must take it. */
  publish(route: Route, body: unknown): Promise<void>;
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
export async function openWorld(start?: typeof startServer): Promise<OpenWorld> {
  const server = await startTestServer({
    settings: { publicUrl: "http://localhost", quotaBytes: 100_000_000 },
    ...(start && { start }),
  });
  const { organisation, dataFolder, clock, calls, url: serverUrl } = server;

  const bugs: unknown[] = [];
  const awake = new Set<Officer>();
  const enrol = async (name: string, fields: Partial<UserAttestation> = {}): Promise<TestLetter> => {
    const letter = await enrolOfficer(organisation, { displayName: name, ...fields });
    await server.publish(letter.signedAttestation);
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
  return {
    world,
    organisation,
    dataFolder,
    clock,
    async publish(route, body) {
      must(await calls.call(route, { body }));
    },
    enrol,
    async publishManifest(changes) {
      must(await calls.call(routes.postManifest, { body: await publishManifest(organisation, changes) }));
    },
    join: async (name, ports, letter) =>
      track(await activateOfficer(letter ? withLetter(world, letter) : world, name, ports)),
    sleep,
    restart: async (officer, ports) => track(await restart(officer, ports)),
    wake: async (officer, ports) => track(await reopen(officer, ports)),
    stopServer: server.stop,
    startServer: server.start,
    bugs,
    async close() {
      await Promise.all([...awake].map(sleep));
      await server.close();
    },
  };
}

const withLetter = (world: World, letter: TestLetter): World => ({
  ...world,
  letterFor: async () => letter.linkAt(world.serverUrl),
});
