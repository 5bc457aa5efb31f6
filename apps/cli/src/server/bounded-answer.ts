/**
 * What a server answers is read only as far as the protocol lets an answer go: one that does not end, or that unpacks to
 * more than was sent, must not fill the memory of the computer that holds the keys.
 */
import { limits } from "@nimes/protocol/limits";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { Tokenizer } from "cborg";

/** `items`: single values of CBOR, each of which takes some sixty bytes of memory, however small it arrives. */
export type AnswerBounds = { bytes: number; items: number };

/** One signed structure, and what stands around it. */
const oneStructure: AnswerBounds = { bytes: limits.maxSignedBytes + 4096, items: 100 };
/** Several times what the largest organisation has: the protocol bounds the structures, and how many. */
const manyStructures: AnswerBounds = { bytes: 64 * 1024 * 1024, items: 50 * limits.maxManifests };
const withMany: readonly string[] = [
  routes.getOrganisation,
  routes.postAttestationQuery,
  routes.postDeviceQuery,
].map(({ path }) => path);

/** What an answer of a route may have; a refusal has less than any. */
export const boundsOf = ({ path }: Pick<Route, "path">): AnswerBounds =>
  withMany.includes(path) ? manyStructures : oneStructure;

/** @returns the body; one part more than `maxBytes` at most where there is more, and the rest is not waited for. */
export async function readUpTo({ body }: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    length += part.byteLength;
    if (length > maxBytes) break;
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Whether an answer is no larger than it may be. Counts without unpacking; what is no CBOR is for the decoder to say. */
export function isWithin(bytes: Uint8Array, bounds: AnswerBounds): boolean {
  if (bytes.byteLength > bounds.bytes) return false;
  const tokens = new Tokenizer(bytes);
  try {
    for (let items = 0; !tokens.done(); items += 1) {
      if (items >= bounds.items) return false;
      tokens.next();
    }
  } catch {
    return true;
  }
  return true;
}
