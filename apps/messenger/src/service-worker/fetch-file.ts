/** Fetching public files of the app: bounded, without cookies, never from somewhere else. */
import { hashOf, type ReleaseFile } from "./read-signed.ts";
import type { Outcome } from "./refusal.ts";
import { refused } from "./refusal.ts";

/** @returns the body; undefined when the server has no such file. @throws Error when it does not answer. */
export type FetchBytes = (
  path: string,
  how: { cache: RequestCache; maxBytes: number; onBytes?: OnBytes },
) => Promise<Uint8Array | undefined>;

/** Hears of every part that has come: how many bytes it has. */
type OnBytes = (bytes: number) => void;

/** The browser's `fetch`, as a function that reads no more than it was told. */
export const fetchFrom =
  (fetch: typeof globalThis.fetch, origin: string): FetchBytes =>
  async (path, { cache, maxBytes, onBytes }) => {
    const answer = await fetch(origin + path, { cache, credentials: "omit", redirect: "error" });
    if (answer.status >= 500) throw new Error(`the server answers ${answer.status}`);
    if (!answer.ok || !answer.body) return undefined;
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of answer.body) {
      length += part.byteLength;
      onBytes?.(part.byteLength);
      // One byte more than allowed is enough to know that it is not what was signed.
      parts.push(part);
      if (length > maxBytes) break;
    }
    const bytes = new Uint8Array(length);
    parts.reduce((at, part) => {
      bytes.set(part, at);
      return at + part.byteLength;
    }, 0);
    return bytes;
  };

/**
 * Fetches a file and compares it with what was signed. A copy that differs may be one that the browser had kept, so it
 * is fetched past all caches before anybody is accused.
 */
export async function fetchVerified(
  fetchBytes: FetchBytes,
  path: string,
  expected: ReleaseFile,
  onBytes: OnBytes = () => undefined,
): Promise<Outcome<Uint8Array>> {
  let reason: "changed" | "missing" = "missing";
  for (const cache of ["no-cache", "reload"] as const) {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await fetchBytes(path, { cache, maxBytes: expected.size, onBytes });
    } catch {
      return refused({ reason: "unreachable" });
    }
    if (bytes?.byteLength === expected.size && (await hashOf(bytes)) === expected.sha256)
      return { ok: true, value: bytes };
    reason = bytes ? "changed" : "missing";
  }
  return refused({ reason, path });
}
