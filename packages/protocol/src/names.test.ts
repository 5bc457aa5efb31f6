import { expect, test } from "vitest";
import { hiddenIn, isBlank, showsSomething, withoutHidden } from "./names.ts";

test.for([
  ["a control", "Anna\u0007", "U+0007"],
  ["an escape sequence", "\u001b[2J", "U+001B"],
  ["a line end", "Anna\nBen", "U+000A"],
  ["a paragraph end", "Anna\u2029Ben", "U+2029"],
  ["an override of the direction", "\u202eannA", "U+202E"],
  ["an isolate", "\u2066Anna", "U+2066"],
  ["an Arabic letter mark", "Anna\u061c", "U+061C"],
  ["a space without width", "An\u200bna", "U+200B"],
  ["a soft hyphen", "An\u00adna", "U+00AD"],
  ["a Hangul filler", "\u3164", "U+3164"],
  ["a tag", "Anna\u{e0041}", "U+E0041"],
  ["half a character", "Anna\ud83d", "U+D83D"],
] as const)("%s is found in a name, and taken out of one", ([, name, code]) => {
  expect(hiddenIn(name)).toBe(code);
  expect(hiddenIn(withoutHidden(name))).toBeUndefined();
});

test.for(["PK'in Anna Behrens", "Søren Ğül-Nguyễn", "محمد", "PI Celle (1)", "李"])("%s is a name", (name) => {
  expect(hiddenIn(name)).toBeUndefined();
  expect(withoutHidden(name)).toBe(name);
  expect(showsSomething(name)).toBe(true);
});

test.for(["", "\u2800", "\u3164", " \u00a0", "–", "\u200d\u202e"])("%j shows nothing", (name) => {
  expect(showsSomething(name)).toBe(false);
});

test.for([
  ["nothing", ""],
  ["spaces of all widths", " \u00a0\u2003\u3000\n\t"],
  ["no width at all", "\u200b\u200c\u200d\u2060\ufeff"],
  ["soft hyphens", "\u00ad\u00ad"],
  ["Braille's blank", "\u2800"],
  ["Hangul fillers", "\u115f\u1160\u3164\uffa0"],
  ["marks of direction", "\u202e\u2066\u200f\u061c"],
  ["marks on nothing", "\u0301\ufe0f"],
] as const)("%s is blank", ([, text]) => {
  expect(isBlank(text)).toBe(true);
  expect(isBlank(`${text}.`)).toBe(false);
});

test.for(["–", "👍", "👩‍✈️", "…", "é", "محمد"])("%s is not blank", (text) => {
  expect(isBlank(text)).toBe(false);
});
