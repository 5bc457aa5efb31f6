/** A directory of a whole state never keeps a message waiting: it is judged in slices, whoever asks (§4). */
import { checkUser } from "@nimes/e2ee/chains/check-user";
import { judgeUser } from "@nimes/e2ee/chains/judge-user";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { ok, refuse } from "@nimes/protocol/result";
import { granted } from "@nimes/testing/e2ee/test-device";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import type { TestOrganisation } from "@nimes/testing/organisation";
import {
  activateDevice,
  directoryEntryOf,
  enrolOfficer,
  makeOrganisation,
  publishManifest,
} from "@nimes/testing/organisation";
import { expect, test, vi } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import { toldOf } from "../../core/directory-news.ts";
import { sliceSize } from "../../core/judge-directory.ts";
import type { Session } from "../connection/session.ts";
import { putRecord } from "../put-record.ts";
import { loadDirectory } from "./directory.ts";

const people = 3 * sliceSize;
const verify = async ({ rootHash, manifests }: TestOrganisation) =>
  granted(await verifyOrganisation(rootHash, manifests));

/** One officer's record under many names. */
async function filledStore(organisation: TestOrganisation) {
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  const store = await openSealedStore(storage, keys);
  const letter = await enrolOfficer(organisation);
  const checked = granted(await checkUser(directoryEntryOf(letter, await activateDevice(letter))));
  const told = toldOf(granted(judgeUser(await verify(organisation), checked)));
  const records = Array.from({ length: people }, (_, person) => {
    const userId = userOf(`${String(person).padStart(8, "0")}${letter.userId.slice(8)}` as ClientId);
    return { checked: { ...checked, userId }, digest: new Uint8Array(32), told };
  });
  await store.write(records.map(putRecord), "relaxed");
  return store;
}

test("who lists everybody while a manifest is being judged waits for the slices, and sees its verdict", async () => {
  const organisation = await makeOrganisation();
  const store = await filledStore(organisation);
  let verified = await verify(organisation);
  let takeEffect: () => void = () => undefined;
  const clock = createManualClock(organisation.madeAt);
  const directory = await loadDirectory({
    store,
    clock,
    organisation: {
      current: () => verified,
      sync: async () => ok("same"),
      onNewer(listener) {
        takeEffect = listener;
        return () => undefined;
      },
    },
    session: { call: async () => refuse("no-network") } as unknown as Session,
    changes: { tell: () => undefined, subscribe: () => () => undefined, close: () => undefined },
    onNewDevices: () => undefined,
    onChangedUnit: () => undefined,
    onChangedDevices: () => undefined,
    failed(error) {
      throw error;
    },
  });
  expect(await directory.users()).toHaveLength(people);

  await publishManifest(organisation, { deskKeys: organisation.manifest.deskKeys.slice(1) });
  verified = await verify(organisation);
  takeEffect();
  const listed = vi.fn();
  void directory.users().then(listed);
  let pauses = 0;
  await vi.waitFor(() => {
    if (listed.mock.calls.length === 0) {
      clock.advance(0);
      pauses += 1;
    }
    expect(listed).toHaveBeenCalledWith([]);
  });
  expect(pauses).toBeGreaterThanOrEqual(people / sliceSize);
});
