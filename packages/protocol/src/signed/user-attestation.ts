/** What an enrolment desk says of an officer, and the key that the activation letter can prove. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import {
  Closed,
  DeviceClass,
  Name,
  OrgIdText,
  PublicKey,
  SignedNumber,
  SignedTime,
  UnitIdText,
  UserIdText,
} from "../schema.ts";

export const UserAttestation = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  displayName: Name,
  unitId: UnitIdText,
  /** Duty of the officer, e.g. „Streifendienst“; shown in the directory. */
  function: Type.String({ maxLength: 120 }),
  /** 1, 2, …; a higher one ends every device of the lower ones. */
  generation: SignedNumber,
  /** Class of the device that the letter is for. */
  deviceClass: DeviceClass,
  /** Public half of the key that the letter's secret seeds. */
  activationKey: PublicKey,
  activateUntil: SignedTime,
  /** When the desk signed; of several attestations of one letter the latest says name, duty and validity. */
  validFrom: SignedTime,
  validUntil: SignedTime,
});
export type UserAttestation = Type.Static<typeof UserAttestation>;

/**
 * Whether an attestation counts for no longer than it may, and neither does its letter. By the signed times alone, so that
 * everybody judges alike; whether it lies in the future is judged by whoever takes it in.
 */
export const hasPlausibleTimes = ({ validFrom, validUntil, activateUntil }: UserAttestation): boolean =>
  validFrom < validUntil &&
  validUntil - validFrom <= limits.attestationLifetimeMs &&
  activateUntil - validFrom <= limits.activationLifetimeMs + limits.clockToleranceMs;
