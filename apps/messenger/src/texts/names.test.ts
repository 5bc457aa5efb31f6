import { describe, expect, test } from "vitest";
import { initials, matches, plainName, previewText } from "./names.ts";

describe("names of others", () => {
  test("characters that turn the direction are taken out of names (B6)", () => {
    expect(plainName("Nils \u202eBauer\u2066")).toBe("Nils Bauer");
    expect(plainName("../..\\ \u200b\u0007Meyer")).toBe("../..\\ Meyer");
  });
  test("a name stands on one line", () => {
    expect(plainName("  Anna\n\tMeyer ")).toBe("Anna Meyer");
  });
  test("a preview is one line, however long the text is (B6)", () => {
    const preview = previewText(`erste\nzweite ${"x".repeat(5000)}`);
    expect(preview.startsWith("erste zweite x")).toBe(true);
    expect(preview.length).toBeLessThanOrEqual(240);
  });
  test("an emoji made of several parts stays whole", () => {
    expect(plainName("👩‍✈️ Lena")).toBe("👩‍✈️ Lena");
  });
});

describe("initials", () => {
  test.each([
    ["Anna Meyer", "AM"],
    ["Dienstgruppe C · PI Celle", "DC"],
    ["Birgit von der Heide-Mittelstädt", "BM"],
    ["PK'in Anna Behrens", "AB"],
    ["POK Markus Feldmann", "MF"],
    ["PI Celle", "PC"],
    ["ümit", "Ü"],
    ["\u202e", "?"],
    ["", "?"],
  ])("%j → %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe("search", () => {
  test("every word begins a word of some field, without case and accents", () => {
    const fields = ["Ümit Yıldız", "PI Hannover-Mitte", "KDD"];
    expect(matches("umit", fields)).toBe(true);
    expect(matches("kdd hann", fields)).toBe(true);
    expect(matches("mitte", fields)).toBe(true);
    expect(matches("celle", fields)).toBe(false);
    expect(matches("mit", ["Ümit"])).toBe(false);
  });
  test("a name is found by itself, whatever signs it has", () => {
    for (const name of ["POK'in Clara Voigt", "Heide-Mittelstädt", "O’Neill (KDD)"])
      expect(matches(name, [name])).toBe(true);
  });
  test("an empty search leaves everything, one that nothing can match leaves nobody", () => {
    expect(matches("  ", ["x"])).toBe(true);
    for (const query of ["-", "'", "\u200b!", "…"]) expect(matches(query, ["x"])).toBe(false);
  });
  test.for([
    ["Mueller", "Müller"],
    ["müller", "Mueller"],
    ["muller", "Müller"],
    ["Groß", "Gross"],
    ["gross", "Groß"],
    ["Weisz", "WEISZ"],
    ["O'Neill", "O’Neill"],
    ["oneill", "O´Neill"],
    ["muellerluedenscheidt", "Müller-Lüdenscheidt"],
    ["Müller Lüd", "Müller-Lüdenscheidt"],
    ["von der heide", "Von-der-Heide"],
    ["aydin", "Aydın"],
    ["AYDIN", "Aydın"],
    ["lukasz", "Łukasz"],
    ["soren", "Søren"],
    ["Jose", "José"],
  ])("%s finds %s", ([query, name]) => {
    expect(matches(query as string, [name as string])).toBe(true);
  });
});
