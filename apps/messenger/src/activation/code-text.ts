/** A letter's code in a field: in groups while one types, with the caret where it was meant to be. */
import { parseActivationLetter } from "@nimes/protocol/activation-link";
import type { TypedGroup } from "@nimes/protocol/letter-code";
import { formatLetterCode, letterCode, readLetterCode } from "@nimes/protocol/letter-code";

export type CodeText = { text: string; caret: number };

/** What stands in the way of a code: `place` counts from 1. */
export type CodeProblem =
  | { problem: "wrong"; place: number; group: string }
  | { problem: "too-long" }
  | { problem: "unfinished"; place: number };

/**
 * @param typed what the field holds after a key or a paste. @param caret place in it.
 * @returns what the field is to hold. A link becomes its code; what only begins like one is left alone.
 */
export function arrangeCode(typed: string, caret: number): CodeText {
  if (typed.includes("#")) {
    const letter = parseActivationLetter(typed);
    const text = letter.ok ? formatLetterCode(letter.value).join(" ") : typed;
    return letter.ok ? { text, caret: text.length } : { text, caret };
  }
  const text = join(readLetterCode(typed).groups);
  const before = join(readLetterCode(typed.slice(0, caret)).groups);
  return { text, caret: Math.min(before.length, text.length) };
}

const join = (groups: readonly TypedGroup[]): string => groups.map(({ text }) => text).join(" ");

/** How many groups of a code are right so far. */
export const rightGroups = (text: string): number =>
  readLetterCode(text).groups.filter(({ state }) => state === "right").length;

/** @param isDone whether nothing more is being typed, so that what is missing is named, too. */
export function findProblem(text: string, isDone: boolean): CodeProblem | undefined {
  const { groups } = readLetterCode(text);
  const at = groups.findIndex(({ state }) => state === "wrong");
  if (at === letterCode.groups) return { problem: "too-long" };
  if (at >= 0) return { problem: "wrong", place: at + 1, group: groups[at]?.text ?? "" };
  if (!isDone) return undefined;
  const missing = groups.findIndex(({ state }) => state === "unfinished");
  if (missing >= 0) return { problem: "unfinished", place: missing + 1 };
  return groups.length < letterCode.groups ? { problem: "unfinished", place: groups.length + 1 } : undefined;
}

/** Where a group stands in a field. @param place from 1. */
export function rangeOf(place: number): [start: number, end: number] {
  const start = (place - 1) * (letterCode.groupLength + 1);
  return [start, start + letterCode.groupLength];
}
