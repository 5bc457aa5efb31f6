import { expect, test } from "vitest";
import { activationSigner, formatActivationLink, parseActivationLetter } from "./activation-link.ts";
import { utf8 } from "./bytes.ts";
import { sha256 } from "./hash.ts";
import { orgIdOf } from "./ids.ts";
import { formatLetterCode, letterQrText } from "./letter-code.ts";

const letter = { orgId: orgIdOf(sha256(utf8("root"))), secret: sha256(utf8("secret")).subarray(0, 16) };
const text = formatActivationLink("http://anna.localhost:8080", letter);
const fragment = text.slice(text.indexOf("#") + 1);
const read = { ok: true, value: letter };
const mistyped = { ok: false, code: "activation-mistyped" };

test("what stands in the letter is what the device reads, as link, as code and from its QR code", () => {
  expect(parseActivationLetter(text)).toEqual(read);
  expect(parseActivationLetter(formatLetterCode(letter).join(" "))).toEqual(read);
  expect(parseActivationLetter(letterQrText(letter))).toEqual(read);
});

test("everything secret stands behind the #, which is never sent (DESIGN §3)", () => {
  const { origin, pathname, search, hash } = new URL(text);
  expect([origin, pathname, search]).toEqual(["http://anna.localhost:8080", "/", ""]);
  expect(hash).toBe(`#${fragment}`);
});

test("the QR code of a letter is no address that a browser opens", () => {
  expect(letterQrText(letter)).toMatch(/^NIMES:[0-9A-Z]+$/);
  expect(letterQrText(letter)).not.toContain("anna.localhost");
});

test("only the part behind the # may be typed, and line breaks do not matter", () => {
  const broken = fragment.replace(/(.{7})/g, "$1 \n\t");
  for (const typed of [
    fragment,
    `#${fragment}`,
    `  ${fragment}\n`,
    broken,
    `http://anna.localhost\n:8080/#${broken}`,
  ])
    expect(parseActivationLetter(typed)).toEqual(read);
});

test("every missing, doubled or swapped character of the code is said to be mistyped", () => {
  const code = formatLetterCode(letter).join("");
  for (let at = 0; at < code.length; at += 1) {
    const [before, here, next, rest] = [
      code.slice(0, at),
      code.charAt(at),
      code.charAt(at + 1),
      code.slice(at + 2),
    ];
    expect(parseActivationLetter(before + next + rest)).toEqual(mistyped);
    expect(parseActivationLetter(before + here + here + next + rest)).toEqual(mistyped);
    if (next !== "" && here !== next)
      expect(parseActivationLetter(before + next + here + rest)).toEqual(mistyped);
    expect(parseActivationLetter(before)).toEqual(mistyped);
  }
});

test("other texts are said to be mistyped, never an exception", () => {
  const code = formatLetterCode(letter).join("");
  for (const typed of [
    "",
    "#",
    "a2.",
    "http://localhost:8080/",
    `http://localhost:8080/#${code}`,
    `http://localhost:8080/#a1.${code}`,
    `${text}.AAAA`,
    "ü",
    "a".repeat(10_000),
  ])
    expect(parseActivationLetter(typed), typed).toEqual(mistyped);
});

test("the secret always makes the same key, and another secret another", async () => {
  const [key, again] = [await activationSigner(letter.secret), await activationSigner(letter.secret)];
  const other = await activationSigner(crypto.getRandomValues(new Uint8Array(16)));
  expect(again.publicKey).toEqual(key.publicKey);
  expect(other.publicKey).not.toEqual(key.publicKey);
});
