/** What a server shows of the directory and nobody can take is asked for again: by itself, and with pauses that grow. */
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { UserId } from "@nimes/protocol/ids";
import { ok, refuse } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { granted } from "@nimes/testing/e2ee/test-device";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import {
  activateDevice,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
} from "@nimes/testing/organisation";
import { beforeEach, expect, test, vi } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import type { Session } from "../connection/session.ts";
import type { DirectoryService } from "./directory.ts";
import { loadDirectory } from "./directory.ts";

const day = 24 * 60 * 60_000;

let server: "honest" | "talks nonsense" | "is silent";
let asked: number;
/** How long each of the pauses is that the clock was asked for. */
let pauses: number[];
let newDevices: UserId[];
let advance: (byMs: number) => void;
let organisation: Awaited<ReturnType<typeof makeOrganisation>>;
/** Anna's entry, the only one. */
let entry: DirectoryEntry;

beforeEach(async () => {
  organisation = await makeOrganisation();
  server = "honest";
  asked = 0;
  pauses = [];
  newDevices = [];
});

async function load(): Promise<DirectoryService> {
  const verified = granted(await verifyOrganisation(organisation.rootHash, organisation.manifests));
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  const clock = createManualClock(organisation.madeAt);
  advance = clock.advance;
  const call = async (_route: unknown, { query }: { query: { after: string } }) => {
    asked += 1;
    if (server === "is silent") return refuse("no-network");
    const shown = server === "honest" ? entry : withoutSense(entry);
    return ok({ entries: entry.sequence > Number(query.after) ? [shown] : [], head: entry.sequence });
  };
  return loadDirectory({
    store: await openSealedStore(storage, keys),
    clock: {
      now: clock.now,
      after(delayMs, callback) {
        pauses.push(delayMs);
        return clock.after(delayMs, callback);
      },
    },
    organisation: {
      current: () => verified,
      sync: async () => ok("same" as const),
      onNewer: () => () => undefined,
    },
    session: { call } as unknown as Session,
    changes: { tell: () => undefined, subscribe: () => () => undefined, close: () => undefined },
    onNewDevices: (userIds) => newDevices.push(...userIds),
    onChangedUnit: () => undefined,
    onChangedDevices: () => undefined,
    failed(error) {
      throw error;
    },
  });
}

const withoutSense = ({ links, ...rest }: DirectoryEntry): DirectoryEntry => ({
  ...rest,
  links: links.map((link) => ({ ...link, payload: new Uint8Array(link.payload.length) })),
});

async function enrol() {
  const letter = await enrolOfficer(organisation, { displayName: "Anna" });
  const device = await activateDevice(letter);
  entry = { ...directoryEntryOf(letter, device), sequence: 1 };
  return { letter, device };
}

test("a new phone that the server showed as nonsense is seen when it is honest again, though nobody asks and nothing is new", async () => {
  const { letter, device } = await enrol();
  const directory = await load();
  granted(await directory.sync());
  // Read from its beginning a moment ago, and so not at once again.
  granted(await directory.prove(["0a".repeat(16) as UserId]));
  const next = await enrolAgain(letter);
  const fresh = await activateDevice(next, { time: organisation.madeAt + 1 });
  entry = { ...directoryEntryOf(next, fresh), former: [generationOf(letter, device)], sequence: 2 };
  server = "talks nonsense";
  granted(await directory.sync());
  expect(newDevices).toEqual([]);
  server = "honest";
  // Whoever comes to a new connection asks, too: what the server names is not what was taken.
  expect(directory.sequence()).toBeLessThan(0);
  advance(pauses.at(-1) ?? 0);
  await vi.waitFor(() => expect(newDevices).toEqual([letter.userId]));
  expect(directory.isEnded(device.clientId)).toBe(true);
  granted(await directory.sync());
  expect(directory.sequence()).toBe(2);
  // Nothing is left that would be asked for.
  expect(pauses).toHaveLength(1);
});

test.each(["talks nonsense", "is silent"] as const)(
  "a directory of a server that %s for good is asked for by itself ever more rarely, and not after the end",
  async (says) => {
    await enrol();
    const directory = await load();
    server = "talks nonsense";
    granted(await directory.sync());
    server = says;
    for (let round = 1; round <= 14; round += 1) {
      await vi.waitFor(() => expect(pauses).toHaveLength(round));
      advance(pauses.at(-1) ?? 0);
    }
    await vi.waitFor(() => expect(pauses).toHaveLength(15));
    expect(pauses.slice(0, 4)).toEqual([60_000, 120_000, 240_000, 480_000]);
    expect(pauses.at(-1)).toBe(day);
    directory.close();
    await directory.sync();
    advance(30 * day);
    expect(pauses).toHaveLength(15);
    // Once for each pause, before the first and behind the end.
    expect(asked).toBeLessThanOrEqual(16);
  },
);
