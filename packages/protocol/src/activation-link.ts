/**
 * The activation link, for those who must: `<address>/#a2.<code>`. What stands after the `#` is not sent, but stays in
 * the browser's history and sessions; so the letter shows its code instead, and the app scans or takes it typed.
 */
import { labelledHash } from "./hash.ts";
import type { ActivationLetter } from "./letter-code.ts";
import { formatLetterCode, readLetterCode } from "./letter-code.ts";
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";
import type { Signer } from "./signed/signed.ts";
import { signerFromSeed } from "./signed/signed.ts";

const prefix = "a2.";

/** @param address origin of the server, without a path. */
export const formatActivationLink = (address: string, letter: ActivationLetter): string =>
  `${address}/#${prefix}${formatLetterCode(letter).join("")}`;

/**
 * @param text a letter's code, its whole link, or what stands after the `#` of that; white space does not matter.
 * @returns `activation-mistyped` for anything else.
 */
export function parseActivationLetter(text: string): Result<ActivationLetter> {
  const plain = text.slice(0, maxTextLength).replace(/\s+/g, "");
  const fragment = /#(.*)$/.exec(plain)?.[1] ?? plain;
  const isLink = fragment.startsWith(prefix);
  if (fragment !== plain && !isLink) return refuse("activation-mistyped");
  const { letter } = readLetterCode(isLink ? fragment.slice(prefix.length) : fragment);
  return letter ? ok(letter) : refuse("activation-mistyped");
}

/** The key pair that the secret seeds; its public half stands in the attestation. */
export const activationSigner = (secret: Uint8Array): Promise<Signer> =>
  signerFromSeed(labelledHash("NIMes/activation-key/v1", secret));

const maxTextLength = 2_000;
