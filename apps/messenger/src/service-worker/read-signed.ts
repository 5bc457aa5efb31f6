/** The signed structures of a release as the service worker needs them; shapes as in `packages/protocol/src/signed`. */
import { toHex } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import { releaseLimits } from "@nimes/protocol/release-files";
import type { CborMap, CborValue } from "./read-cbor.ts";
import { readCbor } from "./read-cbor.ts";

export type SignedBytes = {
  payload: Uint8Array;
  signatures: readonly { key: Uint8Array; signature: Uint8Array }[];
};
export type OrganisationKeys = {
  version: number;
  rootKey: Uint8Array;
  releaseKeys: readonly Uint8Array[];
  /** Milliseconds. */
  validUntil: number;
};
export type ReleaseFile = { /** Hexadecimal. */ sha256: string; size: number };
export type Release = {
  /** SHA-256 of the signed bytes, hexadecimal. */
  id: string;
  /** A name for people. */
  version: string;
  /** When it was signed; only this orders releases. */
  time: number;
  files: ReadonlyMap<string, ReleaseFile>;
};

export function readSigned(bytes: Uint8Array): SignedBytes | undefined {
  const map = asMap(readCbor(bytes));
  const payload = asBytes(map?.get("payload"));
  const signatures = asList(map?.get("signatures"))?.flatMap((entry) => {
    const key = asBytes(asMap(entry)?.get("key"), 32);
    const signature = asBytes(asMap(entry)?.get("signature"), 64);
    return key && signature ? [{ key, signature }] : [];
  });
  return payload && signatures ? { payload, signatures } : undefined;
}

export function readOrganisationKeys(payload: Uint8Array): OrganisationKeys | undefined {
  const map = asMap(readCbor(payload));
  const version = asCount(map?.get("version"));
  const rootKey = asBytes(map?.get("rootKey"), 32);
  const releaseKeys = asList(map?.get("releaseKeys") ?? [])?.flatMap((key) => asBytes(key, 32) ?? []);
  const validUntil = asCount(map?.get("validUntil"));
  if (version === undefined || !rootKey || !releaseKeys || validUntil === undefined) return undefined;
  return { version, rootKey, releaseKeys, validUntil };
}

/** @returns undefined when a field is missing or a file is named twice, by an odd path, or too large. */
export async function readRelease(payload: Uint8Array): Promise<Release | undefined> {
  const map = asMap(readCbor(payload));
  const version = map?.get("version");
  const time = asCount(map?.get("time"));
  const list = asList(map?.get("files"));
  if (typeof version !== "string" || !/^[0-9A-Za-z.+-]{1,40}$/.test(version)) return undefined;
  if (time === undefined || time > limits.maxSignedTime || !list || list.length > releaseLimits.maxFiles)
    return undefined;
  const files = new Map<string, ReleaseFile>();
  let totalBytes = 0;
  for (const entry of list) {
    const file = readFile(entry);
    if (!file || files.has(file.path)) return undefined;
    totalBytes += file.size;
    files.set(file.path, { sha256: file.sha256, size: file.size });
  }
  if (totalBytes > releaseLimits.maxTotalBytes || !files.has("/index.html")) return undefined;
  return { id: await hashOf(payload), version, time, files };
}

function readFile(entry: CborValue): ({ path: string } & ReleaseFile) | undefined {
  const map = asMap(entry);
  const path = map?.get("path");
  const sha256 = asBytes(map?.get("sha256"), 32);
  const size = asCount(map?.get("size"));
  if (typeof path !== "string" || !/^\/[A-Za-z0-9._/-]{1,200}$/.test(path)) return undefined;
  // Routes of the server are no files, and no path may mean another one.
  if (path.startsWith("/v1/") || /\/\.{0,2}(\/|$)/.test(path)) return undefined;
  if (!sha256 || size === undefined || size > releaseLimits.maxFileBytes) return undefined;
  return { path, sha256: toHex(sha256), size };
}

/** SHA-256, hexadecimal. */
export const hashOf = async (bytes: Uint8Array): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))));

const asMap = (value: CborValue | undefined): CborMap | undefined =>
  value instanceof Map ? (value as CborMap) : undefined;
const asList = (value: CborValue | undefined): readonly CborValue[] | undefined =>
  Array.isArray(value) ? value : undefined;
const asBytes = (value: CborValue | undefined, length?: number): Uint8Array | undefined =>
  value instanceof Uint8Array && (length === undefined || value.byteLength === length) ? value : undefined;
const asCount = (value: CborValue | undefined): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
