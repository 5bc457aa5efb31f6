/**
 * A PIN as it counts, whichever keyboard it was typed on: composed (NFC), because some send "ü" as two characters, and without
 * the spaces that completion leaves at the ends. No try is lost to a keyboard.
 */
import type { Opaque } from "../ports/opaque.ts";

export const canonicalPin = (typed: string): string => typed.normalize("NFC").trim();

/** Whatever is proved or registered goes through here. */
export const byCanonicalPin = (opaque: Opaque): Opaque => ({
  startLogin: (pin) => opaque.startLogin(canonicalPin(pin)),
  startRegistration: (pin) => opaque.startRegistration(canonicalPin(pin)),
});
