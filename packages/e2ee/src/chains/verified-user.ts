/** An officer as verified from the organisation root down: manifest, attestation, device chain. */
import type { ClientId, DeviceId, UnitId, UserId } from "@nimes/protocol/ids";
import type { DeviceClass } from "@nimes/protocol/schema";

export type VerifiedDevice = {
  clientId: ClientId;
  deviceId: DeviceId;
  deviceKey: Uint8Array;
  deviceClass: DeviceClass;
  mlsThumbprint: Uint8Array;
  /** Milliseconds; the device counts from here on. */
  since: number;
};

export type VerifiedUser = {
  userId: UserId;
  displayName: string;
  unitId: UnitId;
  function: string;
  generation: number;
  /** Milliseconds; nothing new is accepted from this user afterwards. */
  validUntil: number;
  /** Empty until the letter has been used. */
  devices: VerifiedDevice[];
};

/** The verified user, or undefined when no verified chain is at hand. */
export type DirectoryLookup = (userId: UserId) => VerifiedUser | undefined;
