/**
 * The few records that stand outside of the capsule, because they are needed while it is closed: the handles of the device
 * key and the local key, the wraps, and, sealed under a key from the local key, the name that the lock screen shows and which
 * orders, policy and agreement hold. A disk image shows none of it in clear; whoever can run code in this browser
 * profile could read it, and finds a name, a class and rules, and no content. What each field is needed for stands in
 * docs/data-protection.md.
 */
import { utf8 } from "@nimes/protocol/bytes";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { DeviceId, RegistrationId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Evidence } from "../core/in-force.ts";
import type { Storage, StorageChange } from "../ports/storage.ts";
import { createSerial } from "../services/serial.ts";
import { CapsuleDamaged } from "./capsule-damaged.ts";
import type { LocalKey } from "./keys.ts";
import { deriveOutsideKey } from "./keys.ts";
import { seal, unseal } from "./seal.ts";
import { storedFormat } from "./stored-format.ts";
import type { CapsuleRecord } from "./wraps.ts";

export type OutsideDevice = {
  format: typeof storedFormat;
  deviceId: DeviceId;
  deviceKeys: CryptoKeyPair;
  localKey: LocalKey;
};

/** What is known of this device while it is closed. */
export type OutsideState = Evidence & {
  /** What everything else is verified from; came with the letter. */
  rootHash: Uint8Array;
  displayName: string;
  /** The organisation's manifests, verified. */
  manifests: Signed[];
  /** Signed answers to orders that the server has not taken yet. */
  receiptsDue: Signed[];
  /** Credential id of the passkey, base64url. */
  passkey?: string;
  /** Passkeys that this device made or heard of, oldest first: what people are told about them. */
  passkeysAdded?: PasskeyAdded[];
  /**
   * Own clock, milliseconds: when the server last answered, and the latest moment that was seen. Only while the rules allow
   * opening without network, which ends by them.
   */
  lastContact?: number;
  latestClock?: number;
  /** An activation whose answer has not come: the same bytes go again (P6). */
  pending?: { genesis: Signed; registrationId: RegistrationId; pinRecord: string };
  /** The directory has not shown the own genesis yet (TESTS D5), which lies inside. */
  isUnseen?: true;
};

/** The server's word, except for what this device added itself: it makes a notice, and nothing else follows from it. */
export type PasskeyAdded = {
  credentialId: string;
  thisDevice: boolean;
  /** Own clock, milliseconds. */
  learntAt: number;
  /** The person has said that they know. */
  confirmed: boolean;
};

/** What is left of a capsule that is gone, so that people are told why. */
export type Remains = {
  format: 1;
  why: "tries" | "wipe" | "evicted";
  reason?: string;
  /** Credential id of its passkey, for the authenticator to forget it where it listens. */
  passkey?: string;
  /** The signed answer to the wipe order, and the key that may bring it to the server; gone once it has been taken. */
  due?: ReceiptDue;
};
export type ReceiptDue = { deviceId: DeviceId; deviceKeys: CryptoKeyPair; receipt: Signed };

export type Outside = {
  device: OutsideDevice;
  capsule(): CapsuleRecord;
  state(): OutsideState;
  /** Stored, on the disk, when it resolves; `make` sees the state as no other change can touch it. */
  change(make: (state: OutsideState) => OutsideState): Promise<void>;
  changeCapsule(make: (capsule: CapsuleRecord) => CapsuleRecord): Promise<void>;
  /** Both in one write: a passkey and its wrap come and go together. */
  changeBoth(make: (both: Both) => Both): Promise<void>;
};
type Both = { state: OutsideState; capsule: CapsuleRecord };

export type Found =
  | { found: "nothing" }
  | { found: "old-format" }
  | { found: "remains"; remains: Remains }
  /** A part is missing while another is there: the browser has cleared up. */
  | { found: "evicted" }
  | { found: "device"; outside: Outside };

/** Name of core-crypto's store of this device. */
export const mlsStoreNameOf = ({ deviceId }: Pick<OutsideDevice, "deviceId">): string =>
  `nimes-mls-${deviceId}`;

const at = { device: ["device"], capsule: ["capsule"], state: ["state"], remains: ["remains"] } as const;
const boundTo = utf8("NIMes/outside-state/v1");

/** @throws CapsuleDamaged when somebody has changed what stands outside. */
export async function findOutside(storage: Storage): Promise<Found> {
  if (await storage.hasOldFormat()) return { found: "old-format" };
  const [device, capsule, sealed, remains] = (await storage.getMany("outside", Object.values(at))) as [
    OutsideDevice?,
    CapsuleRecord?,
    Uint8Array?,
    Remains?,
  ];
  if (remains) return { found: "remains", remains };
  if (!device && !capsule && !sealed) return { found: "nothing" };
  if (!device || !capsule || !sealed) return { found: "evicted" };
  const isKnown = [device.format, capsule.format].every((format: number) => format === storedFormat);
  if (!isKnown) return { found: "old-format" };
  return { found: "device", outside: await openOutside(storage, { device, capsule, sealed }) };
}

async function openOutside(
  storage: Storage,
  kept: { device: OutsideDevice; capsule: CapsuleRecord; sealed: Uint8Array },
): Promise<Outside> {
  const { device } = kept;
  const key = await deriveOutsideKey(device.localKey);
  const opened = await unseal(key, kept.sealed, boundTo);
  if (!opened) throw new CapsuleDamaged("the state outside of the capsule does not open");
  let state = decodeOwnCbor(opened) as OutsideState;
  let capsule = kept.capsule;
  const serial = createSerial();
  const changeBoth = (make: (both: Both) => Both): Promise<void> =>
    serial("outside", async () => {
      const next = make({ state, capsule });
      const changes: StorageChange[] = [];
      if (next.state !== state) changes.push(await sealState(key, next.state));
      if (next.capsule !== capsule) changes.push({ put: "outside", key: at.capsule, record: next.capsule });
      if (changes.length === 0) return;
      await storage.write(changes, "strict");
      ({ state, capsule } = next);
    });
  return {
    device,
    state: () => state,
    capsule: () => capsule,
    changeBoth,
    change: (make) => changeBoth((both) => ({ ...both, state: make(both.state) })),
    changeCapsule: (make) => changeBoth((both) => ({ ...both, capsule: make(both.capsule) })),
  };
}

/** What a device that is being activated stores outside, in one batch with the beginning of its capsule. */
export async function firstOutside(first: {
  device: OutsideDevice;
  capsule: CapsuleRecord;
  state: OutsideState;
}): Promise<StorageChange[]> {
  const { device, capsule, state } = first;
  return [
    { put: "outside", key: at.device, record: device },
    { put: "outside", key: at.capsule, record: capsule },
    await sealState(await deriveOutsideKey(device.localKey), state),
  ];
}

export const remainsChange = (remains: Remains): StorageChange => ({
  put: "outside",
  key: at.remains,
  record: remains,
});

const sealState = async (key: CryptoKey, state: OutsideState): Promise<StorageChange> => ({
  put: "outside",
  key: at.state,
  record: await seal(key, encodeCbor(state), boundTo),
});
