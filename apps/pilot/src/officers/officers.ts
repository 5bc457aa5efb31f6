/** All simulated officers of a run: those of the last one, and new ones until there are enough. */

import { usersOf } from "@nimes/cli/commands/find-user";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import type { NimesClient } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import { webCryptoKeys } from "@nimes/client/ports/device-keys";
import { formatActivationLink } from "@nimes/protocol/activation-link";
import { toHex } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import { sentenceOf } from "@nimes/protocol/sentences";
import type { DemoOrganisation } from "../organisation/demo-organisation.ts";
import type { DemoPerson } from "../organisation/demo-people.ts";
import { simulatedPeople } from "../organisation/demo-people.ts";
import type { PilotTexts } from "../texts.ts";
import type { Officer } from "./officer.ts";
import { engage } from "./officer.ts";
import { readPictures } from "./pictures.ts";
import type { StoredOfficer } from "./saved-officers.ts";
import { saveOfficers, takeOfficers } from "./saved-officers.ts";
import { consentAndActivate, stayOpen } from "./stay-open.ts";
import { untilOnline } from "./until-online.ts";

/** An officer's device is this process; its keys lie in the officers' file between two runs. */
const extractableKeys = webCryptoKeys(true);

/** Nobody types it, so it may be any. */
const newPin = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)));

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
    const onFault = (): void => say(texts.officerStopped(officer.name));
    const ports = await createNodePorts({
      serverUrl: address,
      storage: officer.storage,
      deviceKeys: extractableKeys,
      report: onFault,
    });
    const client = await openClient(ports);
    const opened =
      link === undefined
        ? await client.open(officer.pin)
        : await consentAndActivate(client, link, officer.pin);
    if (!opened.ok) {
      await client.close();
      say(texts.officerFailed(officer.name, sentenceOf(opened.code, terminal.language)));
      return false;
    }
    await stayOpen(client, officer.pin, onFault);
    const engaged = await engage({
      client,
      userId: officer.userId,
      isSimulated: (userId) => simulatedIds.has(userId),
      picture: (number) => pictures[number % pictures.length] ?? new Blob(),
      onFault,
    });
    running.push({ stored: officer, client, officer: engaged });
    return true;
  }

  for (const officer of stored.slice(0, wanted)) await begin(officer);
  for (const person of freshPeople(taken, wanted - stored.length)) {
    const { userId, letter } = await demo.enrol(address, person);
    simulatedIds.add(userId);
    const officer = { userId, name: person.name, pin: newPin(), storage: createMemoryStorage() };
    if (await begin(officer, formatActivationLink(address, letter))) stored.push(officer);
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
