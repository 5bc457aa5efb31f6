/**
 * An officer leaves a unit for another one. Signed by a desk of the unit that is left, or by the organisation root: without
 * it no other unit's desk can take over an officer by a letter for a new device.
 */
import type * as Type from "typebox";
import { Closed, OrgIdText, SignedNumber, SignedTime, UnitIdText, UserIdText } from "../schema.ts";

export const UserTransfer = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  /** The officer's generation that is left. The next one may be attested by the new unit; no later one stands on this. */
  generation: SignedNumber,
  from: UnitIdText,
  to: UnitIdText,
  time: SignedTime,
});
export type UserTransfer = Type.Static<typeof UserTransfer>;
