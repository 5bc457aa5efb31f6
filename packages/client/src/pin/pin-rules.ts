/** Which PINs are taken. */
import { canonicalPin } from "./canonical-pin.ts";
import type { PinStrength } from "./pin-strength.ts";
import { pinStrength } from "./pin-strength.ts";

/** Below stand dates, words with a number behind, and whatever else a million guesses find; eight random digits pass. */
const leastStrength = 2;

export type PinJudgement = { verdict: "good" | "too-short" | "too-common"; strength: PinStrength };

/** @param minLength as the policy of the device class says. */
export async function judgePin(typed: string, minLength: number): Promise<PinJudgement> {
  const pin = canonicalPin(typed);
  const strength = await pinStrength(pin);
  if ([...pin].length < minLength) return { verdict: "too-short", strength };
  return { verdict: strength < leastStrength ? "too-common" : "good", strength };
}
