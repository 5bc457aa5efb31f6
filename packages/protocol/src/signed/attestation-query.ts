/**
 * By the root or a desk: asks which letters a desk key has attested, before that key goes. By a revocation key: whose phone is
 * lost.
 */
import * as Type from "typebox";
import { Closed, Count, OrgIdText, PublicKey } from "../schema.ts";

export const AttestationQuery = Closed({
  orgId: OrgIdText,
  deskKey: PublicKey,
  /** Where the page before said to go on; 0 begins. */
  after: Count,
  nonce: Type.String({ maxLength: 200 }),
});
export type AttestationQuery = Type.Static<typeof AttestationQuery>;
