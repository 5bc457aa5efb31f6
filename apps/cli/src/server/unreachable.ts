/** Why a server could not be asked, as far as it shows. */
import { Stop } from "../stop.ts";
import type { Texts } from "../texts/texts.ts";

/** Codes of Node's TLS and of OpenSSL for a certificate that does not hold. */
const certificateFault = /CERT|SIGNATURE|ALTNAME/;

/** @param error what `fetch` has thrown; its cause names the fault. */
export function unreachable(texts: Texts, address: string, error: unknown): Stop {
  const code = codeOf(error);
  const isUntrusted = code !== undefined && certificateFault.test(code);
  return new Stop("unreachable", isUntrusted ? texts.untrusted(address, code) : texts.unreachable(address));
}

function codeOf(error: unknown): string | undefined {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
