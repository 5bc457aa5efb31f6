/** Signed structures as stored bytes. */
import { decodeCbor } from "@nimes/protocol/cbor";
import { Signed } from "@nimes/protocol/schema";

/** @throws Error when the bytes are none: only this program writes them. */
export function signedOf(bytes: Uint8Array): Signed {
  const signed = decodeCbor(Signed, bytes);
  if (!signed.ok) throw new Error("A stored signed structure does not decode");
  return signed.value;
}
