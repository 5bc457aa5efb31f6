/** Signed structures as they stand in the database: the bytes they came in. */
import { decodeCbor } from "@nimes/protocol/cbor";
import { Signed } from "@nimes/protocol/schema";

/** @throws Error when it does not decode: it was checked before it was stored, so the database is damaged. */
export function readSigned(bytes: Uint8Array): Signed {
  const signed = decodeCbor(Signed, bytes);
  if (!signed.ok) throw new Error("A stored signed structure does not decode");
  return signed.value;
}
