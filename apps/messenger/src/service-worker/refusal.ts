/** Why a release is not taken. */
export type Refusal =
  | {
      reason: /** The server delivers no signed release. */
        | "unsigned"
        /** No release key of the organisation has signed it, or the root has not signed the organisation. */
        | "forged"
        /** It is another organisation's. */
        | "foreign"
        /** It is older than one that was taken before. */
        | "older"
        /** The server does not answer, or broke off. */
        | "unreachable"
        /** The browser has no space for it. */
        | "no-space";
    }
  /** A file is not as it was signed, or the server does not have it. */
  | { reason: "changed" | "missing"; path: string }
  /** The release does not name this address. */
  | { reason: "not-listed"; path: string };

export type Outcome<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal };

export const refused = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });
