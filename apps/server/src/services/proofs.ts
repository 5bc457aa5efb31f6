/** Checks DPoP proofs (RFC 9449) as protocol/routes/dpop describes them. */
import { fromBase64Url } from "@nimes/protocol/bytes";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { bodyHashClaim, bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import type { Nonces, ReplayCache } from "./nonces.ts";

export type ProvedRequest = {
  method: string;
  /** Path and query, as the request line has them. */
  target: string;
  body: Uint8Array;
  proof: string | undefined;
  /** Access token that the proof goes with. */
  token?: string;
};

/** The key that made the proof, raw and as its RFC 7638 thumbprint, and under which of our origins it did so. */
export type ProvedKey = { deviceKey: Uint8Array; thumbprint: string; proofId: string; origin: string };

export type Proofs = {
  check(request: ProvedRequest): Promise<Result<ProvedKey>>;
  /**
   * Uses a proof up. Apart from the check, so that only proofs of keys that matter have to be remembered.
   * @returns false when it was used before (A4).
   */
  spend(key: ProvedKey): boolean;
};

export function createProofs(options: {
  nonces: Nonces;
  replays: ReplayCache;
  /** Whether an origin is one of this server's own. */
  isOwnOrigin: (origin: string) => boolean;
}): Proofs {
  const { nonces, replays, isOwnOrigin } = options;

  function addressFits(htu: unknown, target: string): boolean {
    if (typeof htu !== "string" || !URL.canParse(htu)) return false;
    const url = new URL(htu);
    return isOwnOrigin(url.origin) && url.pathname + url.search === target && url.hash === "";
  }

  return {
    spend: ({ thumbprint, proofId }) => replays.isNew(`${thumbprint}.${proofId}`),
    async check({ method, target, body, proof, token }) {
      if (proof === undefined || proof.length > 4096) return refuse("unauthorised");
      try {
        // Time claims are not looked at: only the server's own nonce says how old a proof is (A6).
        const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
          typ: dpopType,
          algorithms: [dpopAlgorithm],
        });
        const { jwk } = protectedHeader;
        if (!jwk || typeof jwk.x !== "string" || typeof payload.jti !== "string" || payload.jti.length > 64)
          return refuse("unauthorised");
        if (payload.htm !== method || !addressFits(payload.htu, target)) return refuse("unauthorised");
        if (payload[bodyHashClaim] !== bodyHashOf(body)) return refuse("unauthorised");
        if (token !== undefined && payload.ath !== tokenHashOf(token)) return refuse("unauthorised");
        if (typeof payload.nonce !== "string" || !nonces.isFresh(payload.nonce))
          return refuse("nonce-required");
        const thumbprint = await calculateJwkThumbprint(jwk, "sha256");
        const { origin } = new URL(String(payload.htu));
        return ok({ deviceKey: fromBase64Url(jwk.x), thumbprint, proofId: payload.jti, origin });
      } catch {
        return refuse("unauthorised");
      }
    },
  };
}
