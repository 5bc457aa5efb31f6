/** The organisation, its officers and their devices, as signed. */
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";

export type DeviceRow = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
  deviceClass: DeviceClass;
  generation: number;
  genesis: Signed;
  /** Of a lower generation than the user's. */
  ended: boolean;
  /** Locked by an order. */
  locked: boolean;
  /** Its PIN record is gone for good. */
  destroyed: boolean;
  /** Milliseconds: access tokens issued up to then are worth nothing. */
  tokensAfter: number;
  acceptedAgreement: number;
};

/** An attestation with the letter that was printed for it. */
export type LetterRow = {
  userId: UserId;
  generation: number;
  attestation: Signed;
  activationKey: Uint8Array;
  activateUntil: number;
  used: boolean;
};

export type NewDevice = Pick<
  DeviceRow,
  | "deviceId"
  | "userId"
  | "clientId"
  | "deviceKey"
  | "deviceClass"
  | "generation"
  | "genesis"
  | "acceptedAgreement"
> & {
  /** Sealed OPAQUE record: a device never exists without its second step. */
  pinRecord: Uint8Array;
};

export type DirectoryStore = {
  manifests(): Promise<Signed[]>;
  /** @returns false when this version exists already. */
  addManifest(version: number, manifest: Signed): Promise<boolean>;
  /** The letter of the highest generation. */
  letter(userId: UserId): Promise<LetterRow | undefined>;
  /**
   * Sets or replaces the attestation of one generation. One above the user's own waits until its letter is used, and
   * changes nothing of the devices before that.
   * @returns the new directory sequence, `activated` when that letter has been used, `outdated` below a known one.
   */
  putAttestation(letter: Omit<LetterRow, "used">): Promise<number | "activated" | "outdated">;
  /**
   * Uses the letter, once (D4), and ends the devices of lower generations, in one transaction.
   * @returns the directory sequence and which devices ended, also for the same genesis again (P6), or `used`.
   */
  activate(device: NewDevice): Promise<{ sequence: number; ended: DeviceId[] } | "used">;
  /** Nobody uses a letter whose activation key this is, any more; for a restored backup. */
  markUsed(userId: UserId, activationKey: Uint8Array): Promise<void>;
  /** Every activation key whose letter was used. */
  usedLetters(): Promise<{ userId: UserId; activationKey: Uint8Array }[]>;
  device(deviceId: DeviceId): Promise<DeviceRow | undefined>;
  /** Devices that can be written to: neither ended nor destroyed. */
  devicesOf(userId: UserId): Promise<DeviceRow[]>;
  /** All devices that ever were. */
  allDevicesOf(userId: UserId): Promise<DeviceRow[]>;
  /** Access tokens of this device issued up to `time` are worth nothing any more. */
  endTokens(deviceId: DeviceId, time: number): Promise<void>;
  changesAfter(sequence: number, limit: number): Promise<DirectoryEntry[]>;
  head(): Promise<number>;
};
