import { expect, test } from "vitest";
import { activationSigner, formatActivationLink, parseActivationLink } from "./activation-link.ts";
import { utf8 } from "./bytes.ts";
import { sha256 } from "./hash.ts";
import { parseUserId } from "./ids.ts";

// Fixed: with random ones, one of some ten thousand wrong texts would pass the 24 bits of the checksum now and then.
const userId = parseUserId("0c4f2b9e-5d1a-4f6e-9a53-7be1c2d3a4f5");
if (!userId) throw new Error("not a user id");
const link = {
  rootHash: sha256(utf8("root")),
  userId,
  secret: sha256(utf8("secret")).subarray(0, 16),
};
const text = formatActivationLink("http://anna.localhost:8080", link);
const fragment = text.slice(text.indexOf("#") + 1);
const mistyped = { ok: false, code: "activation-mistyped" };

test("what stands in the letter is what the device reads", () => {
  expect(parseActivationLink(text)).toEqual({ ok: true, value: link });
});

test("everything secret stands behind the #, which never leaves the device (DESIGN §3)", () => {
  const { origin, pathname, search, hash } = new URL(text);
  expect([origin, pathname, search]).toEqual(["http://anna.localhost:8080", "/", ""]);
  expect(hash).toBe(`#${fragment}`);
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
    expect(parseActivationLink(typed)).toEqual({ ok: true, value: link });
});

test("every single wrong character is said to be mistyped", () => {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#/ä";
  for (let at = 0; at < fragment.length; at += 1)
    for (const character of characters) {
      if (character === fragment[at] || (character === "#" && at === 0)) continue;
      const typed = fragment.slice(0, at) + character + fragment.slice(at + 1);
      expect(parseActivationLink(typed), typed).toEqual(mistyped);
    }
});

test("every missing, doubled or swapped character is said to be mistyped", () => {
  for (let at = 0; at < fragment.length; at += 1) {
    const [before, here, next, rest] = [
      fragment.slice(0, at),
      fragment.charAt(at),
      fragment.charAt(at + 1),
      fragment.slice(at + 2),
    ];
    expect(parseActivationLink(before + next + rest)).toEqual(mistyped);
    expect(parseActivationLink(before + here + here + next + rest)).toEqual(mistyped);
    if (next !== "" && here !== next)
      expect(parseActivationLink(before + next + here + rest)).toEqual(mistyped);
    expect(parseActivationLink(before)).toEqual(mistyped);
  }
});

test("other texts are said to be mistyped, never an exception", () => {
  for (const typed of [
    "",
    "#",
    "a1....",
    "http://localhost:8080/",
    `${fragment}.AAAA`,
    "ü",
    "a".repeat(10_000),
  ])
    expect(parseActivationLink(typed)).toEqual(mistyped);
});

test("the secret always makes the same key, and another secret another", async () => {
  const [key, again] = [await activationSigner(link.secret), await activationSigner(link.secret)];
  const other = await activationSigner(crypto.getRandomValues(new Uint8Array(16)));
  expect(again.publicKey).toEqual(key.publicKey);
  expect(other.publicKey).not.toEqual(key.publicKey);
});
