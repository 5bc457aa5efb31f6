/** Which PINs are taken. */
import { pinStrength } from "./pin-strength.ts";

/** Below, a PIN is among the first some hundred thousand that anybody would try. */
const leastStrength = 1;

export type PinVerdict = "good" | "too-short" | "too-common";

/** @param minLength as the policy of the device class says. */
export async function judgePin(pin: string, minLength: number): Promise<PinVerdict> {
  if ([...pin].length < minLength) return "too-short";
  return (await pinStrength(pin)) < leastStrength ? "too-common" : "good";
}
