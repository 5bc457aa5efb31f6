import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { german } from "../texts/german.ts";
import { readAgreement } from "./read-agreement.ts";

const read = (markdown: string) => readAgreement(german, "text.md", markdown);
const head = "# Titel\n\n## Zweck\n\n";

for (const language of ["de", "en"])
  test(`the sample agreement (${language}) reads, word for word`, () => {
    const file = join(import.meta.dirname, `../../../../docs/agreement/agreement.${language}.md`);
    const markdown = readFileSync(file, "utf8");
    const agreement = readAgreement(german, file, markdown);
    const lines = [
      `# ${agreement.title}`,
      ...agreement.sections.flatMap(({ heading, paragraphs }) => [`## ${heading}`, ...paragraphs]),
    ];
    expect(lines).toEqual(markdown.split("\n").filter((line) => line !== ""));
  });

test("title, headings and paragraphs become plain sections; broken lines become one", () => {
  expect(read(`${head}Erste\nZeile & „mehr“ \\*so\\*.\n\nZweiter.\n\n## Ende\n\nSchluss.\n`)).toEqual({
    title: "Titel",
    sections: [
      { heading: "Zweck", paragraphs: ["Erste Zeile & „mehr“ *so*.", "Zweiter."] },
      { heading: "Ende", paragraphs: ["Schluss."] },
    ],
  });
});

const faults: [name: string, markdown: string, said: RegExp][] = [
  ["no title", "## Zweck\n\nText.", /Titel \(#\) fehlt/],
  ["two titles", `${head}Text.\n\n# Noch einer`, /„Noch einer“: Der Titel \(#\) steht genau einmal/],
  ["a title below a section", "## Zweck\n\nText.\n\n# Titel", /ganz oben/],
  ["no section", "# Titel", /keinen Abschnitt/],
  ["text under no heading", "# Titel\n\nVerirrt.\n\n## Zweck\n\nText.", /„Verirrt.“ steht unter keiner/],
  ["an empty section", `${head}## Leer\n\nText.`, /„Zweck“ ist leer/],
  ["a list", `${head}- eins\n- zwei`, /„- eins - zwei“ ist weder/],
  ["a table", `${head}| a | b |\n|---|---|\n| 1 | 2 |`, /ist weder/],
  ["code", `${head}\`\`\`\nx\n\`\`\``, /ist weder/],
  ["a third level", `${head}Text.\n\n### Tiefer`, /„### Tiefer“ ist weder/],
  ["markup in a paragraph", `${head}Das ist **fett**.`, /Auszeichnung/],
  ["a link", `${head}Siehe https://example.org`, /Auszeichnung/],
  ["HTML", `${head}<script>alert(1)</script>`, /ist weder/],
  ["HTML within text", `${head}Text <b>fett</b>`, /Auszeichnung/],
  ["markup in a heading", "# Titel\n\n## *Zweck*\n\nText.", /Auszeichnung/],
  ["a heading that is too long", `# Titel\n\n## ${"x".repeat(121)}\n\nText.`, /länger als 120/],
  ["a paragraph that is too long", `${head}${"x".repeat(4001)}`, /länger als 4.000/],
  ["too many paragraphs", head + "Text.\n\n".repeat(51), /Mehr als 50/],
];
for (const [name, markdown, said] of faults)
  test(`${name} is refused, and the sentence says where`, () => {
    expect(() => read(markdown)).toThrow(said);
    expect(() => read(markdown)).toThrow(/^text\.md: /);
  });
