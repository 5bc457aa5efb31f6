import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "./bytes.ts";
import { parseOrgId } from "./ids.ts";
import type { ActivationLetter } from "./letter-code.ts";
import { formatLetterCode, letterCode, letterQrText, readLetterCode } from "./letter-code.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const letterOf = (orgId: Uint8Array, secret: Uint8Array): ActivationLetter => {
  const id = parseOrgId(toHex(orgId));
  if (!id) throw new Error("not an id");
  return { orgId: id, secret };
};
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const anyLetter = fc.tuple(bytes16, bytes16).map(([orgId, secret]) => letterOf(orgId, secret));
const letter = letterOf(
  fromHex("d88ca705968bf8596e99b39bff1d343f"),
  fromHex("000102030405060708090a0b0c0d0eff"),
);
const groups = formatLetterCode(letter);
const states = (typed: readonly string[]) => readLetterCode(typed.join(" ")).groups.map(({ state }) => state);
const only = (place: number) => groups.map((_, at) => (at === place ? "wrong" : "right"));
const withGroup = (place: number, text: string) => groups.map((group, at) => (at === place ? text : group));

test("a code stays what it is: letters are on paper", () => {
  expect(groups.join(" ")).toMatchInlineSnapshot(
    `"V26AN E1CP5 HFW5G JVMSQ PEDZ6 Y79MS 7W00Z 20G34 0G2GH C1R8E 14503 P30DS 1VZGW"`,
  );
  expect(letterQrText(letter)).toBe(`NIMES:${groups.join("")}`);
});

test("whatever is written is read again", () => {
  fc.assert(
    fc.property(anyLetter, (any) => {
      const written = formatLetterCode(any);
      expect(written).toHaveLength(letterCode.groups);
      for (const group of written) expect(group).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}$/);
      expect(readLetterCode(written.join("-")).letter).toEqual(any);
      expect(readLetterCode(letterQrText(any)).letter).toEqual(any);
    }),
  );
});

test("small letters, any separators and look-alikes are read as they were meant", () => {
  const separator = fc.constantFrom("", " ", "-", " – ", "\n", "\u00a0", "\u2011", ".", "\u200b", " / ");
  const look = fc.constantFrom<(code: string) => string>(
    (code) => code,
    (code) => code.toLowerCase(),
    (code) => code.replaceAll("0", "O").replaceAll("1", "I").replaceAll("V", "U"),
    (code) => code.replaceAll("0", "o").replaceAll("1", "l").replaceAll("V", "u"),
    (code) =>
      code.replace(/[A-Z0-9]/g, (symbol) => String.fromCodePoint((symbol.codePointAt(0) ?? 0) + 0xfee0)),
  );
  fc.assert(
    fc.property(anyLetter, separator, look, fc.boolean(), (any, between, as, prefixed) => {
      const typed = (prefixed ? "nimes:" : "") + as(formatLetterCode(any).join(between));
      expect(readLetterCode(` ${typed}\n`).letter).toEqual(any);
    }),
  );
});

test("every single wrong symbol is found, in the group where it is", () => {
  for (const [place, group] of groups.entries())
    for (let at = 0; at < group.length; at += 1)
      for (const symbol of [...alphabet, "Ä", "*", "?"]) {
        if (symbol === group[at]) continue;
        const typed = group.slice(0, at) + symbol + group.slice(at + 1);
        expect(states(withGroup(place, typed)), `${typed} for ${group}`).toEqual(only(place));
      }
});

test("every two neighbours of a group that changed places are found, in the group where they are", () => {
  fc.assert(
    fc.property(anyLetter, (any) => {
      const written = formatLetterCode(any);
      for (const [place, group] of written.entries())
        for (let at = 0; at < group.length - 1; at += 1) {
          const swapped = group.slice(0, at) + group[at + 1] + group[at] + group.slice(at + 2);
          if (swapped === group) continue;
          const typed = written.map((one, here) => (here === place ? swapped : one)).join("");
          expect(
            readLetterCode(typed)
              .groups.map(({ state }) => state === "wrong")
              .indexOf(true),
          ).toBe(place);
          expect(readLetterCode(typed).letter).toBeUndefined();
        }
    }),
  );
});

test("groups that changed places, or a group that is there twice or missing, are found", () => {
  for (const place of groups.keys())
    for (const other of groups.keys()) {
      if (other === place) continue;
      const twice = withGroup(place, groups[other] ?? "");
      expect(states(twice)[place]).toBe("wrong");
    }
  const missing = groups.filter((_, at) => at !== 4);
  expect(states(missing).indexOf("wrong")).toBe(4);
  expect(states([...groups, "0"]).indexOf("wrong")).toBe(letterCode.groups);
});

test("what is still being typed is unfinished, not wrong", () => {
  const code = groups.join(" ");
  for (let length = 0; length < code.length; length += 1) {
    const { groups: typed, letter: read } = readLetterCode(code.slice(0, length));
    expect(read).toBeUndefined();
    expect(typed.some(({ state }) => state === "wrong")).toBe(false);
  }
});

test("the first six groups name the organisation and hold nothing of the secret", () => {
  fc.assert(
    fc.property(bytes16, (secret) => {
      const other = formatLetterCode(letterOf(fromHex(letter.orgId), secret));
      expect(other.slice(0, 6)).toEqual(groups.slice(0, 6));
    }),
  );
});

test("the four bits that no letter uses have to be zero", () => {
  const [last = ""] = groups.slice(-1);
  const used = alphabet.indexOf(last.charAt(3));
  let wrong = 0;
  for (const check of alphabet)
    if (states(withGroup(12, last.slice(0, 3) + alphabet[used ^ 1] + check))[12] === "wrong") wrong += 1;
  expect(wrong).toBe(alphabet.length);
});

test("other texts are no code, never an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
      const { groups: typed, letter: read } = readLetterCode(text);
      expect(typed.length).toBeLessThanOrEqual(letterCode.groups + 1);
      expect(read).toBeUndefined();
    }),
  );
  expect(readLetterCode("").groups).toEqual([]);
  expect(readLetterCode("0".repeat(65)).letter).toBeUndefined();
});
