/** The organisation, its officers and their devices, as signed. */
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { NewAttestation } from "../core/attestation.ts";

export type DeviceRow = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
  /** A later generation of its user has begun. */
  ended: boolean;
  /** Milliseconds; tokens issued up to then are worth nothing. */
  signedOutAt: number;
};

export type UserRow = NewAttestation & { links: Signed[] };

export type NewDevice = Pick<DeviceRow, "deviceId" | "userId" | "clientId" | "deviceKey"> & {
  genesis: Signed;
  /** Payload of the attestation that the genesis stands on. */
  attestation: Uint8Array;
};

export type AttestationOutcome =
  /** `ended` are the devices of lower generations that end with it. */
  | { outcome: "taken"; sequence: number; ended: DeviceId[] }
  | { outcome: "again"; sequence: number }
  | { outcome: "outdated" };

export type ActivationOutcome =
  | { outcome: "activated"; sequence: number }
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
  putAttestation(attestation: NewAttestation): Promise<AttestationOutcome>;
  /** Uses the letter, once. */
  activate(device: NewDevice): Promise<ActivationOutcome>;
  device(deviceId: DeviceId): Promise<DeviceRow | undefined>;
  /** Without those that have ended. */
  devicesOf(userId: UserId): Promise<DeviceRow[]>;
  /** Never sets the time back. */
  signOut(deviceId: DeviceId, time: number): Promise<void>;
  changesAfter(sequence: number, limit: number): Promise<DirectoryEntry[]>;
  head(): Promise<number>;
};
