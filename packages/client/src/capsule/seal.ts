/** AES-256-GCM with a random nonce in front: one shape for everything that lies on the device's disk. */
import { concat } from "@nimes/protocol/bytes";

const nonceBytes = 12;

/** @param bound what the bytes belong to; they open nowhere else. */
export async function seal(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  bound: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const additionalData = Uint8Array.from(bound);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, bytes);
  return Uint8Array.from(concat(iv, new Uint8Array(sealed)));
}

/** @returns undefined when these are not the bytes that were sealed for this place. */
export async function unseal(
  key: CryptoKey,
  sealed: Uint8Array,
  bound: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const iv = Uint8Array.from(sealed.subarray(0, nonceBytes));
  const additionalData = Uint8Array.from(bound);
  try {
    const opened = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv, additionalData },
      key,
      Uint8Array.from(sealed.subarray(nonceBytes)),
    );
    return new Uint8Array(opened);
  } catch {
    return undefined;
  }
}
