/** All simulated officers of a run: those of the last one, and new ones until there are enough. */

import { usersOf } from "@nimes/cli/commands/find-user";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { createMemoryStore } from "@nimes/client/adapters/node/memory-store";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import type { DeviceKeys } from "@nimes/client/ports/device-keys";
import { formatActivationLink } from "@nimes/protocol/activation-link";
import { sentenceOf } from "@nimes/protocol/errors";
import type { UserId } from "@nimes/protocol/ids";
import type { DemoOrganisation } from "../organisation/demo-organisation.ts";
import type { DemoPerson } from "../organisation/demo-people.ts";
import { simulatedPeople } from "../organisation/demo-people.ts";
import type { PilotTexts } from "../texts.ts";
import type { Officer } from "./officer.ts";
import { engage } from "./officer.ts";
import { readPictures } from "./pictures.ts";
import type { StoredOfficer } from "./saved-officers.ts";
import { saveOfficers, takeOfficers } from "./saved-officers.ts";
import { untilOnline } from "./until-online.ts";

/** An officer's device is this process; its key lies in the officers' file between two runs. */
const extractableKeys: DeviceKeys = {
  make: async () => (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair,
};

export type OfficersNeeds = {
  terminal: Terminal;
  texts: PilotTexts;
  say: (sentence: string) => void;
  demo: DemoOrganisation;
  address: string;
  /** Where officers are between two runs. */
  file: string;
  wanted: number;
};
export type Officers = { names: string[]; stop(): Promise<void> };

type Running = { stored: StoredOfficer; client: NimesClient; officer: Officer };

const onlinePatienceMs = 20_000;

export async function startOfficers(needs: OfficersNeeds): Promise<Officers> {
  const { terminal, texts, say, demo, address, file, wanted } = needs;
  const stored = await takeOfficers(file);
  const taken = await namesInUse(needs);
  if (stored.length === 0 && simulatedPeople.some(({ name }) => taken.has(name))) say(texts.officersLost);
  const simulatedIds = new Set<UserId>(stored.map(({ userId }) => userId));
  const pictures = await readPictures();
  const running: Running[] = [];

  /** @returns whether the officer is there. @param link of one who is new. */
  async function begin(officer: StoredOfficer, link?: string): Promise<boolean> {
    const ports = await createNodePorts({
      serverUrl: address,
      store: officer.store,
      deviceKeys: extractableKeys,
      report: () => say(texts.officerStopped(officer.name)),
    });
    const client = await openClient(ports);
    const activated = link === undefined ? undefined : await client.activate(link);
    if (activated && !activated.ok) {
      await client.close();
      say(texts.officerFailed(officer.name, sentenceOf(activated.code, terminal.language)));
      return false;
    }
    const engaged = await engage({
      client,
      userId: officer.userId,
      isSimulated: (userId) => simulatedIds.has(userId),
      picture: (number) => pictures[number % pictures.length] ?? new Blob(),
      onFault: () => say(texts.officerStopped(officer.name)),
    });
    running.push({ stored: officer, client, officer: engaged });
    return true;
  }

  for (const officer of stored.slice(0, wanted)) await begin(officer);
  for (const person of freshPeople(taken, wanted - stored.length)) {
    const { link } = await demo.enrol(address, person);
    simulatedIds.add(link.userId);
    const officer = { userId: link.userId, name: person.name, store: createMemoryStore() };
    if (await begin(officer, formatActivationLink(address, link))) stored.push(officer);
  }
  await Promise.all(running.map(({ client }) => untilOnline(client, onlinePatienceMs)));
  return {
    names: running.map(({ stored: { name } }) => name),
    async stop() {
      await Promise.all(running.map(({ officer }) => officer.stop()));
      await Promise.all(running.map(({ client }) => client.close()));
      try {
        await saveOfficers(terminal, file, stored);
      } catch {
        say(texts.notSaved);
      }
    },
  };
}

async function namesInUse({ terminal, demo }: OfficersNeeds): Promise<Set<string>> {
  const users = await usersOf(terminal, demo.organisation);
  return new Set(users.map(({ attestation }) => attestation.displayName));
}

/** Names that nobody has yet; numbered where the list is used up. */
function freshPeople(taken: ReadonlySet<string>, count: number): DemoPerson[] {
  const fresh = simulatedPeople.filter(({ name }) => !taken.has(name));
  for (let round = 2; fresh.length < count; round += 1)
    for (const person of simulatedPeople) {
      const name = `${person.name} (${round})`;
      if (!taken.has(name)) fresh.push({ ...person, name });
    }
  return fresh.slice(0, Math.max(0, count));
}
