/**
 * Who this device is to the encryption and the directory. Inside, because nothing of it is needed while the capsule is closed:
 * it stands beside the wraps, sealed under a key of the capsule.
 */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ClientId } from "@nimes/protocol/ids";
import { StoreFull } from "../ports/store.ts";
import { CapsuleDamaged } from "./capsule-damaged.ts";
import type { CapsuleKeys } from "./keys.ts";
import type { Outside, OutsideState } from "./outside.ts";
import { seal, unseal } from "./seal.ts";

export type Own = {
  clientId: ClientId;
  /** Payload of the own genesis, until the directory has shown it (TESTS D5). */
  unseenGenesis?: Uint8Array;
};
/** Releases before kept it outside. */
type EarlierState = OutsideState & Partial<Own> & { userId?: unknown };

const boundTo = (capsuleId: Uint8Array): Uint8Array =>
  concat(utf8("NIMes/own/v1"), Uint8Array.of(0), capsuleId);

export const sealOwn = async (
  keys: CapsuleKeys,
  capsuleId: Uint8Array,
  own: Own,
): Promise<Uint8Array<ArrayBuffer>> => seal(await keys.storeKey("own"), encodeCbor(own), boundTo(capsuleId));

/** @throws CapsuleDamaged when it is missing, or not what this device wrote. */
export async function readOwn(outside: Outside, keys: CapsuleKeys): Promise<Own> {
  const { own: sealed, capsuleId } = outside.capsule();
  if (!sealed) return moveInside(outside, keys);
  const opened = await unseal(await keys.storeKey("own"), sealed, boundTo(capsuleId));
  if (!opened) throw new CapsuleDamaged("who this device is does not open");
  return decodeOwnCbor(opened) as Own;
}

/** Stored, on the disk, when it resolves. */
export async function keepOwn(outside: Outside, keys: CapsuleKeys, own: Own): Promise<void> {
  const sealed = await sealOwn(keys, outside.capsule().capsuleId, own);
  await outside.changeBoth(({ state, capsule }) => ({
    state: withoutOwn(state, own),
    capsule: { ...capsule, own: sealed },
  }));
}

async function moveInside(outside: Outside, keys: CapsuleKeys): Promise<Own> {
  const { clientId, unseenGenesis }: EarlierState = outside.state();
  if (clientId === undefined) throw new CapsuleDamaged("who this device is is missing");
  const own: Own = { clientId, ...(unseenGenesis && { unseenGenesis }) };
  await keepOwn(outside, keys, own).catch((error: unknown) => {
    // Without space it stays where it is until the next opening.
    if (!(error instanceof StoreFull)) throw error;
  });
  return own;
}

function withoutOwn(state: EarlierState, { unseenGenesis }: Own): OutsideState {
  const { clientId: _, userId: __, unseenGenesis: ___, isUnseen: ____, ...rest } = state;
  return unseenGenesis ? { ...rest, isUnseen: true } : rest;
}
