/** A world for scenarios: an organisation and a server, on which officers activate. */

import type { Ports } from "@nimes/client/ports/ports";
import { enrolOfficer, makeOrganisation, type TestLetter, type TestOrganisation } from "../organisation.ts";
import { startTestServer } from "../server/test-server.ts";
import { activateOfficer, type Officer, reopen, type World } from "./officers.ts";

export type OpenWorld = {
  world: World;
  organisation: TestOrganisation;
  /** Letter of an officer who has not used it yet. */
  enrol(name: string): Promise<TestLetter>;
  /** An officer with a client that is open. */
  join(name: string, ports?: Partial<Ports>, letter?: TestLetter): Promise<Officer>;
  /** Closes a client; its device sleeps. */
  sleep(officer: Officer): Promise<void>;
  wake(officer: Officer, ports?: Partial<Ports>): Promise<Officer>;
  /** Ends every connection, as a server does that goes away. */
  cut(): void;
  /** Bugs that clients have reported. */
  bugs: unknown[];
  close(): Promise<void>;
};

export async function openWorld(): Promise<OpenWorld> {
  const organisation = await makeOrganisation();
  const server = await startTestServer(organisation);
  const serverUrl = server.url;
  const bugs: unknown[] = [];
  const awake = new Set<Officer>();
  const enrol = async (name: string): Promise<TestLetter> => {
    const letter = await enrolOfficer(organisation, { displayName: name });
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
    enrol,
    join: async (name, ports, letter) =>
      track(await activateOfficer(letter ? withLetter(world, letter) : world, name, ports)),
    sleep,
    wake: async (officer, ports) => track(await reopen(officer, ports)),
    cut: () => void server.restart(),
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
