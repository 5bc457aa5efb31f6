/** The organisation, its officers and their devices, as signed. */
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import type { NewAttestation } from "../core/attestation.ts";

export type DeviceRow = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
  deviceClass: DeviceClass;
  generation: number;
  genesis: Signed;
  acceptedAgreement: number;
  /** A device of a later generation of its user has been activated. */
  ended: boolean;
  /** By an order. */
  locked: boolean;
  /** Its PIN record is gone for good. */
  destroyed: boolean;
  /** Milliseconds; tokens issued up to then are worth nothing. */
  signedOutAt: number;
};

/** The letter of the highest generation. */
export type UserRow = NewAttestation & { used: boolean };

export type NewDevice = Omit<DeviceRow, "ended" | "locked" | "destroyed" | "signedOutAt"> & {
  /** Payload of the attestation that the genesis stands on. */
  attestation: Uint8Array;
  /** Sealed OPAQUE record: a device never exists without its second step. */
  pinRecord: Uint8Array;
};

export type AttestationOutcome =
  | { outcome: "taken"; sequence: number }
  | { outcome: "again"; sequence: number }
  | { outcome: "outdated" };

export type ActivationOutcome =
  /** `ended` are the devices of lower generations that end with it. */
  | { outcome: "activated"; sequence: number; ended: DeviceId[] }
  /** The same genesis before (P6). */
  | { outcome: "again"; sequence: number }
  /** Another genesis was first (D4). */
  | { outcome: "used" }
  /** The attestation is not the user's newest any more. */
  | { outcome: "replaced" };

export type DirectoryStore = {
  manifests(): Promise<Signed[]>;
  /** @returns false when this version exists already. */
  addManifest(version: number, manifest: Signed): Promise<boolean>;
  user(userId: UserId): Promise<UserRow | undefined>;
  /** A higher generation waits until its letter is used, and changes nothing of the devices before that. */
  putAttestation(attestation: NewAttestation): Promise<AttestationOutcome>;
  /** Uses the letter, once, and ends the devices of lower generations, in one transaction. */
  activate(device: NewDevice): Promise<ActivationOutcome>;
  /** Nobody uses the letter with this activation key any more: a backup from before its use was restored. */
  markUsed(userId: UserId, activationKey: Uint8Array): Promise<void>;
  /** Letters that were used, by their activation keys. */
  usedLetters(): Promise<{ userId: UserId; activationKey: Uint8Array }[]>;
  device(deviceId: DeviceId): Promise<DeviceRow | undefined>;
  /** Devices that can be written to: neither ended nor destroyed. */
  devicesOf(userId: UserId): Promise<DeviceRow[]>;
  /** All devices that ever were, by generation. */
  allDevicesOf(userId: UserId): Promise<DeviceRow[]>;
  /** Never sets the time back. */
  signOut(deviceId: DeviceId, time: number): Promise<void>;
  /** Forgets sign-outs from before that moment: no token from before them lives any more. */
  forgetSignOuts(before: number): Promise<void>;
  changesAfter(sequence: number, limit: number): Promise<DirectoryEntry[]>;
  head(): Promise<number>;
};
