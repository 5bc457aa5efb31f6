/** HTTP by `fetch`, in browser and Node alike. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Http, HttpAnswer, HttpRequest } from "../ports/http.ts";

/** Where nothing has moved for so long, nothing is coming: of a part that is brought nobody sees how far it is. */
const stillnessMs = { asking: 20_000, bringing: 60_000 };
/** Bodies that the slowest line carries while an answer is waited for. */
const smallBytes = 16 * 1024;
/** However it drips. */
const wholeMs = 10 * 60_000;

/** Several times the largest answer of the protocol: one that does not end must not fill the memory. */
const maxAnswerBytes = 64 * 1024 * 1024;

export const fetchHttp = createFetchHttp();

/** @param patienceMs how long nothing may move while an answer is waited for, or a larger body is brought. */
export function createFetchHttp(patienceMs = stillnessMs): Http {
  return { send };

  async function send({ method, url, headers, body, signal }: HttpRequest): Promise<Result<HttpAnswer>> {
    const bytes = body?.byteLength ?? 0;
    const stillness = watchStillness(bytes > smallBytes ? patienceMs.bringing : patienceMs.asking);
    const ends = [stillness.signal, AbortSignal.timeout(wholeMs), ...(signal ? [signal] : [])];
    try {
      const response = await fetch(url, {
        method,
        headers,
        ...(body && { body }),
        // Everything that counts is in the headers set here; cookies have no place.
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.any(ends),
      });
      const answer = await readBounded(response, stillness.moved);
      if (!answer) return refuse("unavailable");
      return ok({
        status: response.status,
        header: (name: string) => response.headers.get(name),
        body: answer,
      });
    } catch {
      return refuse(signal?.aborted ? "cancelled" : "no-network");
    } finally {
      stillness.end();
    }
  }
}

/** A signal that is aborted when nothing has moved for so long. */
function watchStillness(mostMs: number): { signal: AbortSignal; moved(): void; end(): void } {
  const still = new AbortController();
  const start = () => setTimeout(() => still.abort(), mostMs);
  let timer = start();
  const end = () => clearTimeout(timer);
  return {
    signal: still.signal,
    moved() {
      end();
      timer = start();
    },
    end,
  };
}

/** @returns undefined when there is more than any answer can have; the rest is not waited for. */
async function readBounded(
  { body }: Response,
  moved: () => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!body) return new Uint8Array(0);
  const reader = body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    moved();
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
