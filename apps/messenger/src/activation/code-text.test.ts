import { formatActivationLink } from "@nimes/protocol/activation-link";
import { orgIdOf } from "@nimes/protocol/ids";
import { formatLetterCode } from "@nimes/protocol/letter-code";
import { expect, test } from "vitest";
import { arrangeCode, findProblem, rangeOf, rightGroups } from "./code-text.ts";

const letter = { orgId: orgIdOf(new Uint8Array(32).fill(7)), secret: new Uint8Array(16).fill(42) };
const groups = formatLetterCode(letter);
const code = groups.join(" ");

test("typed key by key, in small letters and without a space, a code stands in its groups", () => {
  let field = { text: "", caret: 0 };
  for (const key of groups.join("").toLowerCase().replaceAll("0", "o")) {
    const typed = field.text.slice(0, field.caret) + key + field.text.slice(field.caret);
    field = arrangeCode(typed, field.caret + 1);
    expect(field.caret).toBe(field.text.length);
  }
  expect(field.text).toBe(code);
  expect(findProblem(field.text, true)).toBeUndefined();
  expect(rightGroups(field.text)).toBe(13);
});

test("a symbol that is put in later pushes the others on, and the caret stays behind it", () => {
  const without = code.slice(0, 7) + code.slice(8);
  const { text } = arrangeCode(without, 7);
  const typed = text.slice(0, 7) + code.charAt(7) + text.slice(7);
  expect(arrangeCode(typed, 8)).toEqual({ text: code, caret: 8 });
});

test("backspace at a gap goes over it first, then takes the symbol before it", () => {
  const overGap = arrangeCode(code.slice(0, 5) + code.slice(6), 5);
  expect(overGap).toEqual({ text: code, caret: 5 });
  const taken = arrangeCode(code.slice(0, 4) + code.slice(5), 4);
  expect(taken.caret).toBe(4);
  expect(taken.text.slice(0, 4)).toBe(code.slice(0, 4));
});

test("a pasted code or link stands there as the code", () => {
  for (const pasted of [
    groups.join("-").toLowerCase(),
    `NIMES:${groups.join("")}`,
    `\n${groups.join("\n")}\n`,
    formatActivationLink("https://nimes.example.de", letter),
  ])
    expect(arrangeCode(pasted, pasted.length)).toEqual({ text: code, caret: code.length });
  const broken = "https://nimes.example.de/#a2.01";
  expect(arrangeCode(broken, 31)).toEqual({ text: broken, caret: 31 });
});

test("the first group that is wrong is named while one types, what is missing only at the end", () => {
  const wrong = groups.map((group, at) =>
    at === 3 ? (group.startsWith("0") ? "1" : "0") + group.slice(1) : group,
  );
  expect(findProblem(wrong.slice(0, 3).join(" "), false)).toBeUndefined();
  expect(findProblem(wrong.join(" "), false)).toEqual({ problem: "wrong", place: 4, group: wrong[3] });
  expect(wrong.join(" ").slice(...rangeOf(4))).toBe(wrong[3]);
  expect(findProblem(code.slice(0, 20), false)).toBeUndefined();
  expect(findProblem(code.slice(0, 20), true)).toEqual({ problem: "unfinished", place: 4 });
  expect(findProblem(groups.slice(0, 4).join(" "), true)).toEqual({ problem: "unfinished", place: 5 });
  expect(findProblem("", true)).toEqual({ problem: "unfinished", place: 1 });
  expect(findProblem(`${code} A`, false)).toEqual({ problem: "too-long" });
});
