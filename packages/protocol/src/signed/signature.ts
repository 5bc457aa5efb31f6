/**
 * Signatures over structures (Ed25519, RFC 8032, by WebCrypto), without any decoding: the service worker stands on it.
 *
 * What is signed is `"NIMes/<type>/v1" || 0x00 || payload`, the payload being the CBOR bytes as sent: a signature
 * of one structure can never be presented for another, and nothing that was signed is ever encoded again.
 */
import { concat, utf8 } from "../bytes.ts";

export type SignedType =
  | "OrgManifest"
  | "UserAttestation"
  | "UserTransfer"
  | "AttestationQuery"
  | "DeviceLink"
  | "RoomRoles"
  | "RoomLeave"
  | "Refounding"
  | "WelcomeProof"
  | "RejoinProof"
  | "UsageAgreement"
  | "AgreementAcceptance"
  | "Policy"
  | "LockOrder"
  | "UnlockOrder"
  | "WipeOrder"
  | "OrderReceipt"
  | "DeviceQuery"
  | "ReleaseManifest"
  | "ActivationProof"
  | "SocketHello"
  | "SocketRenewal";

export const signingInput = (type: SignedType, payload: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(concat(utf8(`NIMes/${type}/v1`), Uint8Array.of(0), payload));

/** Whether `signature` over the payload was made by `publicKey`; false for anything that is not a key. */
export async function verifySignature(
  type: SignedType,
  payload: Uint8Array,
  by: { key: Uint8Array; signature: Uint8Array },
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", Uint8Array.from(by.key), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify(
      "Ed25519",
      key,
      Uint8Array.from(by.signature),
      signingInput(type, payload),
    );
  } catch {
    return false;
  }
}
