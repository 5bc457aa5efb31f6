/** The organisation, its officers and their devices, as signed. */
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";

export type DeviceRow = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
  ended: boolean;
};

export type UserRow = {
  userId: UserId;
  generation: number;
  attestation: Signed;
  activationKey: Uint8Array;
  activateUntil: number;
  links: Signed[];
};

export type NewDevice = Omit<DeviceRow, "ended"> & { genesis: Signed };

export type DirectoryStore = {
  manifests(): Promise<Signed[]>;
  /** @returns false when this version exists already. */
  addManifest(version: number, manifest: Signed): Promise<boolean>;
  user(userId: UserId): Promise<UserRow | undefined>;
  /** Sets or replaces the attestation of a user without a device. @returns the new directory sequence, or `activated`. */
  putAttestation(row: Omit<UserRow, "links">): Promise<number | "activated">;
  /**
   * Uses the letter, once (D4). @returns the directory sequence, also for the same genesis again (P6), or `used`.
   */
  activate(device: NewDevice): Promise<number | "used">;
  device(deviceId: DeviceId): Promise<DeviceRow | undefined>;
  devicesOf(userId: UserId): Promise<DeviceRow[]>;
  changesAfter(sequence: number, limit: number): Promise<DirectoryEntry[]>;
  head(): Promise<number>;
};
