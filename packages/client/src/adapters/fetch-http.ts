/** HTTP by `fetch`, in browser and Node alike. */
import { ok, refuse } from "@nimes/protocol/result";
import type { Http } from "../ports/http.ts";

/** A part of an upload may take a while on a bad radio; an answer that takes longer is not coming. */
const answerTimeoutMs = 60_000;

/** Several times the largest answer of the protocol: one that does not end must not fill the memory. */
const maxAnswerBytes = 64 * 1024 * 1024;

export const fetchHttp: Http = {
  async send({ method, url, headers, body, signal }) {
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers,
        ...(body && { body }),
        // Everything that counts is in the headers set here; cookies have no place.
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const bytes = await readBounded(response);
      if (!bytes) return refuse("unavailable");
      return ok({
        status: response.status,
        header: (name: string) => response.headers.get(name),
        body: bytes,
      });
    } catch {
      return refuse(signal?.aborted ? "cancelled" : "no-network");
    }
  },
};

/** @returns undefined when there is more than any answer can have; the rest is not waited for. */
async function readBounded({ body }: Response): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!body) return new Uint8Array(0);
  const reader = body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts, bytes);
    bytes += value.byteLength;
    if (bytes > maxAnswerBytes) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
