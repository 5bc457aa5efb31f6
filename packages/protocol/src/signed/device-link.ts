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
  Time,
  UserIdText,
} from "../schema.ts";

export const DeviceLink = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  generation: Type.Integer({ minimum: 1 }),
  /** Position in the chain of this user and generation; 0 is the genesis. */
  sequence: Count,
  /** Hash of the previous link's payload; null for the genesis. */
  previous: Type.Union([Bytes32, Type.Null()]),
  operation: Type.Literal("genesis"),
  /** Hash of the attestation's payload that this genesis stands on. */
  attestation: Bytes32,
  deviceId: DeviceIdText,
  deviceClass: DeviceClass,
  deviceKey: PublicKey,
  /** SHA-256 JWK thumbprint (RFC 7638) of the public key with which the device signs in MLS. */
  mlsThumbprint: Bytes32,
  /** Version of the usage agreement that was accepted; 0 where the organisation has published none. */
  agreementVersion: Count,
  time: Time,
});
export type DeviceLink = Type.Static<typeof DeviceLink>;
