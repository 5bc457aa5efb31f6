/** What an enrolment desk says of an officer, and the key that the activation letter can prove. */
import * as Type from "typebox";
import { Closed, DeviceClass, Name, OrgIdText, PublicKey, Time, UnitIdText, UserIdText } from "../schema.ts";

export const UserAttestation = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  displayName: Name,
  unitId: UnitIdText,
  /** Duty of the officer, e.g. „Streifendienst“; shown in the directory. */
  function: Type.String({ maxLength: 120 }),
  /** 1, 2, …; a higher one ends every device of the lower ones. */
  generation: Type.Integer({ minimum: 1 }),
  /** Class of the device that the letter is for. */
  deviceClass: DeviceClass,
  /** Public half of the key that the letter's secret seeds. */
  activationKey: PublicKey,
  activateUntil: Time,
  validFrom: Time,
  validUntil: Time,
});
export type UserAttestation = Type.Static<typeof UserAttestation>;
