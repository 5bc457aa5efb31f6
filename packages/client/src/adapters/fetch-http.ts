/** HTTP by `fetch`, in browser and Node alike. */
import { ok, refuse } from "@nimes/protocol/result";
import type { Http } from "../ports/http.ts";

/** A part of an upload may take a while on a bad radio; an answer that takes longer is not coming. */
const answerTimeoutMs = 60_000;

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
      const bytes = new Uint8Array(await response.arrayBuffer());
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
