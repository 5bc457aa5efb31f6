/** The usage agreement as the organisation published it, and a device's acceptance of one version. */
import * as Type from "typebox";
import { Bytes32, Closed, DeviceIdText, Name, OrgIdText, SignedNumber, SignedTime } from "../schema.ts";

/** Plain text in sections; nothing in it is ever rendered as markup. */
const AgreementText = Closed({
  title: Name,
  sections: Type.Array(
    Closed({
      heading: Name,
      paragraphs: Type.Array(Type.String({ minLength: 1, maxLength: 4000 }), { minItems: 1, maxItems: 50 }),
    }),
    { minItems: 1, maxItems: 50 },
  ),
});
export type AgreementText = Type.Static<typeof AgreementText>;

/** Signed by a policy key. */
export const UsageAgreement = Closed({
  orgId: OrgIdText,
  /** 1, 2, …; a device that has accepted a lower one is asked again at its next opening. */
  version: SignedNumber,
  validFrom: SignedTime,
  de: AgreementText,
  en: AgreementText,
});
export type UsageAgreement = Type.Static<typeof UsageAgreement>;

/** Signed by the device: a later version was read and accepted. The first acceptance stands in the genesis. */
export const AgreementAcceptance = Closed({
  orgId: OrgIdText,
  deviceId: DeviceIdText,
  version: SignedNumber,
  /** Hash of the agreement's payload, so that nobody can say later that another text was accepted. */
  agreement: Bytes32,
  time: SignedTime,
});
export type AgreementAcceptance = Type.Static<typeof AgreementAcceptance>;
