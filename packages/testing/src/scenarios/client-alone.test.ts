/** The client library on a server in memory: real keys, real encryption, no network. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMemoryServer, type MemoryServer } from "../network/memory-server.ts";
import { enrolOfficer, makeOrganisation, type TestOrganisation } from "../organisation.ts";
import type { Officer, World } from "./officers.ts";
import * as act from "./officers.ts";

let organisation: TestOrganisation;
let server: MemoryServer;
let world: World;
let bugs: unknown[];
let officers: Officer[];

beforeEach(async () => {
  organisation = await makeOrganisation();
  server = createMemoryServer(organisation);
  bugs = [];
  officers = [];
  const serverUrl = "http://memory.test";
  world = {
    serverUrl,
    ports: { http: server.http, sockets: server.sockets },
    onBug: (error) => bugs.push(error),
    async letterFor(name) {
      const letter = await enrolOfficer(organisation, { displayName: name });
      server.enrol(letter.signedAttestation);
      return letter.linkAt(serverUrl);
    },
  };
});
afterEach(async () => {
  for (const { client } of officers) await client.close();
  expect(bugs).toEqual([]);
});
const join = async (name: string): Promise<Officer> => {
  const officer = await act.activateOfficer(world, name);
  officers.push(officer);
  return officer;
};

test("text goes both ways and is ticked as delivered", async () => {
  const anna = await join("Anna");
  const bernd = await join("Bernd");
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "Guten Morgen");
  const berndsRoom = await act.hasRoom(bernd, "Anna");
  await act.hears(bernd, berndsRoom, "Guten Morgen");
  await act.say(bernd, berndsRoom, "Moin");
  await act.hears(anna, room, "Moin");
  await act.isDelivered(anna, room, "Guten Morgen");
  expect(berndsRoom).toBe(room);
  expect(await act.textsOf(anna, room)).toEqual(["Guten Morgen", "Moin"]);
  expect(await act.textsOf(bernd, room)).toEqual(["Guten Morgen", "Moin"]);
});
