/** Help and complaints are in one language, and things are counted as people count them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";
import { english } from "./texts/english.ts";
import { german } from "./texts/german.ts";

let office: Workplace;
beforeEach(() => {
  office = makeWorkplace();
});
afterEach(() => office.remove());

/** Every command, as its help and that of its groups lists it. */
async function helpOfAll(path: string[] = []): Promise<Map<string, string>> {
  const { printed, code } = await office.nimes([...path, "--help"]);
  expect(code).toBe(0);
  const all = new Map([[path.join(" "), printed]]);
  const [, commands = ""] = /\nBefehle:\n([\s\S]*)$/.exec(printed) ?? [];
  for (const [, name = ""] of commands.matchAll(/^ {2}([a-z-]+)/gm))
    for (const [inner, help] of await helpOfAll([...path, name])) all.set(inner, help);
  return all;
}

test("the German help has no English in it, whichever command's", async () => {
  const all = await helpOfAll();
  expect([...all.keys()]).toEqual(
    expect.arrayContaining(["", "desk retire", "release verify", "device lock"]),
  );
  for (const [command, help] of all) {
    expect([command, help.match(/\b(options|command|display|default|env|arguments|usage)\b/i)]).toEqual([
      command,
      null,
    ]);
    // Between brackets stands a German noun.
    expect([command, help.match(/[<[][a-z]/)]).toEqual([command, null]);
    expect(help).toMatch(/^Aufruf: nimes/);
  }
});

test.for([
  [["bogus"], "Den Befehl „bogus“ gibt es nicht", "no command"],
  [["desk", "retir", "1"], "Gemeint vielleicht: retire", "Perhaps: retire"],
  [["show", "--al"], "Die Option „--al“ gibt es hier nicht", "no option"],
  [["desk", "retire"], "Es fehlt: <Registrierungsstelle>.", "Missing: <desk>."],
  [["user", "add", "Anna"], "Es fehlt die Option --unit <Kennung>.", "The option --unit <id> is missing."],
  [["upload", "--server"], "Der Option --server <Adresse> fehlt ihr Wert.", "has no value"],
  [["show", "it"], "Das sind mehr Angaben", "more arguments"],
] as const)("%j is answered in the person's language", async ([args, de, en]) => {
  for (const [language, said] of [
    ["de", de],
    ["en", en],
  ] as const) {
    const run = await office.nimes([...args], { language });
    expect(run).toMatchObject({ code: exitCodes.usage, printed: "", notes: expect.stringContaining(said) });
    expect(run.notes).not.toMatch(/error:/);
  }
});

test("a group without its command shows its help, and that is no success", async () => {
  expect(await office.nimes(["desk"])).toMatchObject({
    code: exitCodes.usage,
    notes: expect.stringMatching(/^Aufruf: nimes desk/),
  });
});

test("one is one, and two are two", () => {
  expect(german.uploaded({ manifests: 1, attestations: 2 })).toBe(
    "Gesendet: 1 Fassung der Organisation, 2 Bescheinigungen.",
  );
  expect(english.uploaded({ manifests: 2, attestations: 1 })).toBe(
    "Sent: 2 versions of the organisation, 1 attestation.",
  );
  expect(german.rules.release.untrue("1.0", 1)).toContain(": 1 Abweichung.");
  expect(english.rules.policy.characters(1)).toBe("1 character");
  const sources = [german, english].flatMap(textsOf);
  expect(sources.length).toBeGreaterThan(500);
  expect(sources.filter((text) => /\((en|n|e|s)\)/.test(text))).toEqual([]);
});

/** Every text, those that are put together as they are written. */
const textsOf = (texts: object): string[] =>
  Object.values(texts).flatMap((text: unknown) =>
    typeof text === "object" && text !== null ? textsOf(text) : [String(text)],
  );
