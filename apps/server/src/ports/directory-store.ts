/** The organisation, its officers and their devices, as signed. */
import type { ClientId, DeviceId, UnitId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import type { NewAttestation, Transfer } from "../core/letters.ts";

export type DeviceRow = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
  deviceClass: DeviceClass;
  generation: number;
  genesis: Signed;
  /** The highest version, of what counts, that was accepted on it. */
  acceptedAgreement: number;
  /** A device of a later generation of its user has been activated. */
  ended: boolean;
  /** No desk that counts vouches for its letter any more. Like an end, but another desk may take it back. */
  revoked: boolean;
  /** By an order. */
  locked: boolean;
  /** Its PIN record is gone for good. */
  destroyed: boolean;
  /** Milliseconds; tokens issued up to then are worth nothing. */
  signedOutAt: number;
};

/** The letter in force, as its latest attestation says. `counts`: false when no desk that counts has signed one. */
export type UserRow = NewAttestation & { used: boolean; counts: boolean };

export type NewDevice = Omit<
  DeviceRow,
  "ended" | "revoked" | "locked" | "destroyed" | "signedOutAt" | "acceptedAgreement"
> & {
  /** Names the letter with which it was made. */
  activationKey: Uint8Array;
  /** Sealed OPAQUE record: a device never exists without its second step. */
  pinRecord: Uint8Array;
};

export type AttestationOutcome =
  | { outcome: "taken"; sequence: number }
  | { outcome: "again"; sequence: number }
  | { outcome: "outdated" }
  /** Of another unit than the officer's, without a transfer. */
  | { outcome: "foreign-unit" };

export type ActivationOutcome =
  /** `ended` are the devices of lower generations that end with it. */
  | { outcome: "activated"; sequence: number; ended: DeviceId[] }
  /** The same genesis before (P6). */
  | { outcome: "again"; sequence: number }
  /** Another genesis was first (D4). */
  | { outcome: "used" }
  /** The letter is not the user's newest any more. */
  | { outcome: "replaced" };

/** A desk key for one unit. */
export type Desk = { key: Uint8Array; unitId: UnitId };
/** Devices whose letters count no more, or again. */
export type Rejudged = { revoked: DeviceId[]; restored: DeviceId[] };

export type DirectoryStore = {
  manifests(): Promise<Signed[]>;
  /** 0 before the first. */
  newestVersion(): Promise<number>;
  /** Moves the directory's head: everybody has to judge anew. @returns false when this version exists already. */
  addManifest(version: number, manifest: Signed): Promise<boolean>;
  user(userId: UserId): Promise<UserRow | undefined>;
  /** Whom a letter was written for, by its activation key. @returns the letter in force, which may be another by now. */
  userOfLetter(activationKey: Uint8Array): Promise<UserRow | undefined>;
  /**
   * Judges every attestation by the desks of the newest manifest.
   * @param validUntil end of a desk's key; undefined when it is missing.
   */
  judgeDesks(validUntil: (desk: Desk) => number | undefined): Promise<Rejudged>;
  /** Letters that a desk key has attested; of each of its attestations, in order, those behind `after`. */
  attestedBy(
    deskKey: Uint8Array,
    page: { after: number; limit: number },
  ): Promise<{ at: number; attestation: Signed; used: boolean }[]>;
  /** @returns the new head. */
  putTransfer(transfer: Transfer): Promise<number>;
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
