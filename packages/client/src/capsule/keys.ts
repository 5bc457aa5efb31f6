/**
 * The keys of the capsule (DESIGN §5).
 *
 *     export key (OPAQUE: right PIN + server's record)  ┐
 *     local key (this browser, cannot be exported)      ┴─ HKDF → KEK ─ unwraps → capsule key (random)
 *                                                                                   │ HKDF, by name
 *                                             store keys, name key, core-crypto's database key
 *
 * A copied browser profile lacks the export key, which the server gives only to the right PIN and counts the tries; the
 * server lacks the local key and the wrap. Whatever is derived here lives in memory only, until the lock.
 */
import { concat, utf8 } from "@nimes/protocol/bytes";
import type { TableName } from "../ports/store.ts";

export const secretBytes = 32;
export const randomSecret = (): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(secretBytes));

/** Keys of an opened capsule. */
export type CapsuleKeys = {
  /** AES-256-GCM key of one store; cannot be exported. */
  storeKey(store: TableName | "revisions" | "own"): Promise<CryptoKey>;
  /** Names records, so that their ids are not readable. */
  nameKey: Uint8Array<ArrayBuffer>;
  /** For core-crypto's own database. */
  databaseKey: Uint8Array<ArrayBuffer>;
};

/** @param capsuleKey 32 secret bytes. */
export async function deriveCapsuleKeys(capsuleKey: Uint8Array<ArrayBuffer>): Promise<CapsuleKeys> {
  const source = await crypto.subtle.importKey("raw", capsuleKey, "HKDF", false, ["deriveBits", "deriveKey"]);
  const storeKeys = new Map<string, Promise<CryptoKey>>();
  const bits = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await crypto.subtle.deriveBits(hkdf(`NIMes/capsule/${name}/v1`), source, secretBytes * 8));
  return {
    storeKey(store) {
      const known = storeKeys.get(store);
      if (known) return known;
      const key = crypto.subtle.deriveKey(
        hkdf(`NIMes/store/${store}/v1`),
        source,
        { name: "AES-GCM", length: 256 },
        false,
        ["encrypt", "decrypt"],
      );
      storeKeys.set(store, key);
      return key;
    },
    nameKey: await bits("names"),
    databaseKey: await bits("core-crypto"),
  };
}

/** What only this browser has: an HMAC-SHA-256 key whose handle, never its bytes, the program gets to see. */
export type LocalKey = CryptoKey;

/** HMAC(local key, label || 0x00 || bytes): 32 bytes that cannot be had elsewhere. */
async function local(localKey: LocalKey, label: string, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const input = Uint8Array.from(concat(utf8(label), Uint8Array.of(0), bytes));
  return new Uint8Array(await crypto.subtle.sign("HMAC", localKey, input));
}

/** Wraps the capsule key. @param exportKey of OPAQUE. @param capsuleId 16 bytes. */
export async function deriveKek(
  exportKey: Uint8Array<ArrayBuffer>,
  localKey: LocalKey,
  capsuleId: Uint8Array,
): Promise<CryptoKey> {
  const salt = await local(localKey, "NIMes/capsule-id/v1", capsuleId);
  return wrapKey(exportKey, hkdf("NIMes/kek/v1", salt));
}

/**
 * Wraps the capsule key for a passkey.
 * @param secrets.prf output of the authenticator, 32 bytes.
 * @param secrets.share what the server gives after the assertion; undefined for opening without network.
 */
export async function derivePasskeyKek(
  secrets: { prf: Uint8Array; share: Uint8Array | undefined },
  localKey: LocalKey,
  capsuleId: Uint8Array,
): Promise<CryptoKey> {
  const { prf, share } = secrets;
  const label = share ? "NIMes/passkey-kek/v1" : "NIMes/offline-kek/v1";
  const salt = await local(localKey, label, capsuleId);
  return wrapKey(Uint8Array.from(concat(prf, share ?? new Uint8Array(0))), hkdf(label, salt));
}

/**
 * Seals what must be readable before the PIN is known: keeps names out of a disk image, not from whoever can run code in
 * this browser.
 */
export async function deriveOutsideKey(localKey: LocalKey): Promise<CryptoKey> {
  const bytes = await local(localKey, "NIMes/outside/v1", new Uint8Array(0));
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  bytes.fill(0);
  return key;
}

const hkdf = (info: string, salt = new Uint8Array(0)): HkdfParams => ({
  name: "HKDF",
  hash: "SHA-256",
  salt,
  info: utf8(info) as Uint8Array<ArrayBuffer>,
});

async function wrapKey(secret: Uint8Array<ArrayBuffer>, params: HkdfParams): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(params, source, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}
