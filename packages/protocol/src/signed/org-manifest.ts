/** The organisation as its root signed it: stations, and which keys may sign what. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes32, Closed, Name, OrgIdText, PublicKey, SignedTime, UnitIdText } from "../schema.ts";

export const OrgManifest = Closed({
  orgId: OrgIdText,
  /** 1, 2, …; a device never goes back to a lower one (TESTS D9). */
  version: Type.Integer({ minimum: 1, maximum: limits.maxManifests }),
  /** Hash of the previous version's payload, see `manifestHash`; null for version 1. */
  previous: Type.Union([Bytes32, Type.Null()]),
  name: Name,
  rootKey: PublicKey,
  /** MLS cipher suite of every room (RFC 9420, section 17.1); 1 = X25519, AES-128-GCM, SHA-256, Ed25519. */
  cipherSuite: Type.Literal(1),
  units: Type.Array(Closed({ id: UnitIdText, name: Name }), { maxItems: 2000 }),
  /**
   * A desk key counts only for users of its units (TESTS D6). One that retires stays here with its end, and what it signed
   * before counts. One that was stolen goes: nothing that it ever signed counts any more (docs/adr/0022).
   */
  deskKeys: Type.Array(
    Closed({ key: PublicKey, units: Type.Array(UnitIdText, { maxItems: 2000 }), validUntil: SignedTime }),
    { maxItems: 2000 },
  ),
  revocationKeys: Type.Array(PublicKey, { maxItems: 50 }),
  policyKeys: Type.Array(PublicKey, { maxItems: 50 }),
  /** Whose signature makes a release of the web app one of this organisation; none where the field is missing. */
  releaseKeys: Type.Optional(Type.Array(PublicKey, { maxItems: 50 })),
  validFrom: SignedTime,
  validUntil: SignedTime,
});
export type OrgManifest = Type.Static<typeof OrgManifest>;
