/** Real devices with real encryption in memory: each on its own store, all trusting one directory. */
import "@nimes/e2ee/node/memory-indexed-db";
import type { DirectoryLookup, VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import type { E2ee } from "@nimes/e2ee/e2ee";
import { readCoreCryptoWasm } from "@nimes/e2ee/node/core-crypto-wasm";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import {
  activateDevice,
  clientIdFor,
  directoryEntryOf,
  enrolOfficer,
  makeOrganisation,
  newSigner,
  type TestDevice,
  type TestOrganisation,
} from "../organisation.ts";

/** An organisation with its directory, as every honest client has verified it. */
export type TestCircle = {
  organisation: TestOrganisation;
  verified: VerifiedOrganisation;
  users: Map<UserId, VerifiedUser>;
  directory: DirectoryLookup;
};

/** An officer with one device on which the encryption is open. */
export type TestOfficer = TestDevice & { userId: UserId; clientId: ClientId; e2ee: E2ee };

export async function makeCircle(organisation?: TestOrganisation): Promise<TestCircle> {
  const made = organisation ?? (await makeOrganisation());
  const users = new Map<UserId, VerifiedUser>();
  return {
    organisation: made,
    verified: granted(await verifyOrganisation(made.rootHash, made.manifests)),
    users,
    directory: (userId) => users.get(userId),
  };
}

/**
 * Enrols an officer, activates a device with its own store and enters it into the directory.
 * @param options fields of the attestation, and what the device's encryption is opened with.
 */
export async function addOfficer(
  circle: TestCircle,
  options: Partial<UserAttestation> & {
    directory?: DirectoryLookup;
    now?: () => number;
    storeName?: string;
  } = {},
): Promise<TestOfficer> {
  const { directory, now, storeName, ...attestation } = options;
  const letter = await enrolOfficer(circle.organisation, attestation);
  const device = await newSigner();
  const clientId = clientIdFor(letter, device);
  const e2ee = await openTestE2ee({
    clientId,
    directory: directory ?? circle.directory,
    storeName: storeName ?? clientId,
    ...(now ? { now } : {}),
  });
  const activated = await activateDevice(letter, { device, mlsThumbprint: e2ee.mlsThumbprint });
  const entry = directoryEntryOf(letter, activated);
  circle.users.set(letter.userId, granted(await verifyUser(circle.verified, entry)));
  return { ...activated, userId: letter.userId, e2ee };
}

/** Opens the encryption in Node; the same store name opens the same store again. */
export async function openTestE2ee(options: {
  clientId: ClientId;
  directory: DirectoryLookup;
  storeName: string;
  now?: () => number;
}): Promise<E2ee> {
  const databaseKey = new Uint8Array(32).fill(7);
  return openE2ee({ ...options, databaseKey, wasm: await readCoreCryptoWasm() });
}

/** The value of a result that a test needs to be there. */
export function granted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`unexpected refusal: ${result.code} ${result.field ?? ""}`);
  return result.value;
}
