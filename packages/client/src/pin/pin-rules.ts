/** Which PINs are taken. */
import { pinStrength } from "./pin-strength.ts";

/** Below stand dates, words with a number behind, and whatever else a million guesses find; eight random digits pass. */
const leastStrength = 2;

export type PinVerdict = "good" | "too-short" | "too-common";

/** @param minLength as the policy of the device class says. */
export async function judgePin(pin: string, minLength: number): Promise<PinVerdict> {
  if ([...pin].length < minLength) return "too-short";
  return (await pinStrength(pin)) < leastStrength ? "too-common" : "good";
}
