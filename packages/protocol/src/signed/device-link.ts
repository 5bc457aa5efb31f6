/**
 * A link of a device chain: which devices an officer has, each bound to its MLS signature key. The chain is what
 * turns a leaf in an MLS tree into a person.
 */
import * as Type from "typebox";
import {
  Bytes32,
  Closed,
  Count,
  DeviceClass,
  DeviceIdText,
  OrgIdText,
  PublicKey,
  SignedNumber,
  SignedTime,
  UnitIdText,
  UserIdText,
} from "../schema.ts";

export const DeviceLink = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  generation: SignedNumber,
  /** Position in the chain of this user and generation; 0 is the genesis. */
  sequence: Count,
  /** Hash of the previous link's payload; null for the genesis. */
  previous: Type.Union([Bytes32, Type.Null()]),
  operation: Type.Literal("genesis"),
  /**
   * Unit of the attestation that it stands on. Which attestation that is follows from the activation key that signs: it
   * may be attested again by another desk of the unit, and of no other (docs/adr/0023).
   */
  unitId: UnitIdText,
  deviceId: DeviceIdText,
  deviceClass: DeviceClass,
  deviceKey: PublicKey,
  /** SHA-256 JWK thumbprint (RFC 7638) of the public key with which the device signs in MLS. */
  mlsThumbprint: Bytes32,
  /** Version of the usage agreement that was accepted; 0 where the organisation has published none. */
  agreementVersion: Count,
  time: SignedTime,
});
export type DeviceLink = Type.Static<typeof DeviceLink>;
