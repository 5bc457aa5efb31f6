/**
 * The code of an activation letter: what a person types, and what the letter's QR code holds.
 *
 * 32 bytes, organisation id and secret, are 52 symbols of Crockford's Base32, four to a group. A fifth symbol checks its
 * group: a Reed-Solomon parity over GF(32), seeded with the group's place. So every wrong symbol, every two symbols of a
 * group that changed places, and every group in another's place is found in the group where it happened, without a symbol
 * that is not in the alphabet (Crockford's own check symbol, modulo 37, needs five more). It protects nothing.
 *
 * The first six groups are the organisation's, alike on all of its letters and no secret; the others are.
 */
import { base32crockford } from "@scure/base";
import { concat, fromHex, toHex } from "./bytes.ts";
import type { OrgId } from "./ids.ts";
import { parseOrgId } from "./ids.ts";

export const activationSecretBytes = 16;

export const letterCode = { groups: 13, groupLength: 5 } as const;

const orgIdBytes = 16;
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** No letter is a web address: a phone's camera offers to open those, and to search the web for other text. */
const qrPrefix = "NIMES:";
/** Longer than any code with something between all of its symbols. */
const maxTextLength = 400;

export type ActivationLetter = {
  /** 128 bits of the hash of the organisation's root key: what this device trusts before it knows anything else. */
  orgId: OrgId;
  /** 128 random bits; whoever has them can activate once. */
  secret: Uint8Array;
};

/** A group as it was typed, in capitals: `unfinished` is shorter than a group, `wrong` does not fit its check symbol. */
export type TypedGroup = { text: string; state: "right" | "wrong" | "unfinished" };

export type TypedCode = {
  /** In order; at most one more than a code has. */
  groups: TypedGroup[];
  /** When every group is right. */
  letter?: ActivationLetter;
};

/** @returns the groups of the code, each of five symbols. */
export function formatLetterCode({ orgId, secret }: ActivationLetter): string[] {
  const symbols = base32crockford.encode(concat(fromHex(orgId), secret));
  return Array.from({ length: letterCode.groups }, (_, place) => {
    const data = symbols.slice(place * 4, place * 4 + 4);
    return data + alphabet.charAt(multiply(remainder(data, place)));
  });
}

/** @returns what the letter's QR code holds: capitals and digits alone, which make a small one. */
export const letterQrText = (letter: ActivationLetter): string =>
  qrPrefix + formatLetterCode(letter).join("");

/**
 * Reads a code, also while it is typed: small letters, anything between the groups, O for 0, I and L for 1, U for V.
 * @param text as typed, pasted or scanned. Never throws.
 */
export function readLetterCode(text: string): TypedCode {
  const symbols = symbolsOf(text);
  const most = letterCode.groups + 1;
  const groups: TypedGroup[] = [];
  for (let place = 0; place < most && place * letterCode.groupLength < symbols.length; place += 1)
    groups.push(
      readGroup(symbols.slice(place * letterCode.groupLength).slice(0, letterCode.groupLength), place),
    );
  const isWhole = groups.length === letterCode.groups && groups.every(({ state }) => state === "right");
  return isWhole ? { groups, letter: decode(groups) } : { groups };
}

function symbolsOf(text: string): string[] {
  const plain = text.slice(0, maxTextLength).normalize("NFKC").toUpperCase().trim();
  const code = plain.startsWith(qrPrefix) ? plain.slice(qrPrefix.length) : plain;
  const typed = code.replace(/[\s\p{Pd}\p{Cf}.·_/]/gu, "");
  return [...typed.replaceAll("O", "0").replace(/[IL]/g, "1").replaceAll("U", "V")];
}

function readGroup(symbols: readonly string[], place: number): TypedGroup {
  const text = symbols.join("");
  // Wrong as soon as it can be known.
  if (place >= letterCode.groups || symbols.some((symbol) => !alphabet.includes(symbol)))
    return { text, state: "wrong" };
  if (symbols.length < letterCode.groupLength) return { text, state: "unfinished" };
  const fits = remainder(text, place) === 0 && (place < letterCode.groups - 1 || endsInZeros(text));
  return { text, state: fits ? "right" : "wrong" };
}

/** Of the last data symbol the code needs one bit; the four behind it are kept for a later format. */
const endsInZeros = (lastGroup: string): boolean => (alphabet.indexOf(lastGroup.charAt(3)) & 0b1111) === 0;

function decode(groups: readonly TypedGroup[]): ActivationLetter {
  const bytes = base32crockford.decode(groups.map(({ text }) => text.slice(0, 4)).join(""));
  const orgId = parseOrgId(toHex(bytes.subarray(0, orgIdBytes)));
  if (!orgId) throw new Error("16 bytes are an organisation id");
  return { orgId, secret: bytes.slice(orgIdBytes) };
}

/** Polynomial of a group over GF(32), seeded with its place: zero where data and check symbol fit each other. */
const remainder = (symbols: string, place: number): number =>
  [...symbols].reduce((sum, symbol) => multiply(sum) ^ alphabet.indexOf(symbol), place + 1);

/** Times x in GF(32), modulo the primitive polynomial x^5 + x^2 + 1. */
const multiply = (value: number): number => (value << 1) ^ (value & 16 ? 0b100101 : 0);
