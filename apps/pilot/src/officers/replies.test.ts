import { expect, test } from "vitest";
import { greeting, isAddressed, replyTo } from "./replies.ts";

const numbers = Array.from({ length: 60 }, (_, number) => number);

test("the same message and number give the same answer, and there is always one", () => {
  for (const text of ["Moin", "Wo seid ihr?", "Alles ruhig.", "", "👍", "a".repeat(10_000)])
    for (const number of numbers) {
      const reply = replyTo({ kind: "text", text }, number);
      expect(reply).toEqual(replyTo({ kind: "text", text }, number));
      if (reply.kind === "text") expect(reply.text).not.toBe("");
    }
  expect(greeting(7)).toBe(greeting(7));
});

test("who asks for a picture gets one, and sometimes one comes unasked", () => {
  for (const text of ["Schick mal ein Foto", "Hast du ein Bild?", "send a picture"])
    for (const number of numbers) expect(replyTo({ kind: "text", text }, number).kind).toBe("picture");
  const unasked = numbers.map((number) => replyTo({ kind: "text", text: "Alles ruhig." }, number).kind);
  expect(new Set(unasked)).toEqual(new Set(["text", "picture"]));
});

test("a picture is answered with words", () => {
  for (const number of numbers) expect(replyTo({ kind: "picture" }, number).kind).toBe("text");
});

test.for([
  ["Feldmann, wo bist du?", true],
  ["kannst du mal, markus", true],
  ["POK, bitte melden", false],
  ["Feldmannstraße 5", false],
  ["Moin zusammen", false],
] as const)("„%s“ speaks to POK Markus Feldmann: %s", ([text, addressed]) => {
  expect(isAddressed(text, "POK Markus Feldmann")).toBe(addressed);
});
