/** An officer as verified from the organisation root down: manifest, attestation, device chain. */
import type { ClientId, DeviceId, UnitId, UserId } from "@nimes/protocol/ids";
import type { DeviceClass } from "@nimes/protocol/schema";

export type VerifiedDevice = {
  clientId: ClientId;
  deviceId: DeviceId;
  deviceKey: Uint8Array;
  deviceClass: DeviceClass;
  /** SHA-256 JWK thumbprint (RFC 7638) of the device's MLS signature key. */
  mlsThumbprint: Uint8Array;
  /** Milliseconds; the device counts from here on. */
  since: number;
};

/** A device of a lower generation, which a later letter has ended. */
export type EndedDevice = VerifiedDevice & {
  /** Milliseconds; nothing counts from this device afterwards. */
  until: number;
};

export type VerifiedUser = {
  userId: UserId;
  /**
   * Whether a desk that counts says that this person belongs to the circle. False: only desks say so whose key was stolen.
   * Such a user is known so that old leaves and commits can be judged, and is nobody otherwise.
   */
  attested: boolean;
  displayName: string;
  unitId: UnitId;
  function: string;
  generation: number;
  /** Milliseconds; nothing from before counts, and nothing new is accepted from this user behind the end. */
  validFrom: number;
  validUntil: number;
  /** Empty until the letter has been used. */
  devices: VerifiedDevice[];
  /** Still leaves of rooms perhaps, until somebody removes them; never added again. */
  ended: EndedDevice[];
  /**
   * Devices whose letter does not count any more, or never did: a desk key that was stolen, or another unit's without a
   * transfer. Nothing that they do counts, whenever they did it; they are recognised, so that a commit by or with one is
   * judged alike by whoever looks early and late.
   */
  revoked: VerifiedDevice[];
};

/**
 * The verified user; undefined while no verified chain is at hand, which makes the gate ask for it; `unprovable` once
 * the whole directory has been fetched and holds no valid chain for this user, which makes the gate refuse.
 */
export type DirectoryLookup = (userId: UserId) => VerifiedUser | "unprovable" | undefined;
