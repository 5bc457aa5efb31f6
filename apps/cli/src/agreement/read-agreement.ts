/**
 * A usage agreement as people write it, in Markdown, to the plain sections that devices show: one `#` title, `##`
 * headings, paragraphs. Anything else would be shown as markup somewhere, or be lost, and is refused with its place.
 */
import { limits } from "@nimes/protocol/limits";
import { hiddenIn } from "@nimes/protocol/names";
import type { AgreementText } from "@nimes/protocol/signed/usage-agreement";
import type { Token, Tokens } from "marked";
import { lexer } from "marked";
import { Stop } from "../stop.ts";
import type { Texts } from "../texts/texts.ts";

const maxParagraphLength = 4000;
const maxParts = 50;

/** @param file its name, for the sentence. @throws Stop with what is wrong and where. */
export function readAgreement(texts: Texts, file: string, markdown: string): AgreementText {
  const words = texts.rules.agreement;
  const stop = (what: string): Stop => new Stop("usage", words.unreadable(file, what));
  let title: string | undefined;
  const sections: AgreementText["sections"] = [];

  const takeHeading = (token: Tokens.Heading): void => {
    const text = plainText(token);
    if (text === undefined) throw stop(words.markup(excerpt(token.raw)));
    const code = hiddenIn(text);
    if (code !== undefined) throw stop(texts.hiddenCharacter(code));
    if (text.length > limits.maxNameLength) throw stop(words.headingTooLong(excerpt(text)));
    if (token.depth === 1) {
      if (title !== undefined || sections.length > 0) throw stop(words.oneTitle(excerpt(text)));
      title = text;
    } else if (token.depth === 2) sections.push({ heading: text, paragraphs: [] });
    else throw stop(words.notAllowed(excerpt(token.raw)));
  };
  const takeParagraph = (token: Tokens.Paragraph): void => {
    const text = plainText(token);
    const section = sections.at(-1);
    if (text === undefined) throw stop(words.markup(excerpt(token.raw)));
    if (!section) throw stop(words.withoutHeading(excerpt(text)));
    if (text.length > maxParagraphLength) throw stop(words.paragraphTooLong(excerpt(text)));
    section.paragraphs.push(text);
  };

  for (const token of lexer(markdown)) {
    if (token.type === "heading") takeHeading(token as Tokens.Heading);
    else if (token.type === "paragraph") takeParagraph(token as Tokens.Paragraph);
    else if (token.type !== "space") throw stop(words.notAllowed(excerpt(token.raw)));
  }
  if (title === undefined) throw stop(words.noTitle);
  if (sections.length === 0) throw stop(words.noSections);
  const empty = sections.find(({ paragraphs }) => paragraphs.length === 0);
  if (empty) throw stop(words.emptySection(excerpt(empty.heading)));
  const longest = Math.max(sections.length, ...sections.map(({ paragraphs }) => paragraphs.length));
  if (longest > maxParts) throw stop(words.tooMany(maxParts));
  return { title, sections };
}

/** The words as they were written, on one line; undefined when there is any markup in them. */
function plainText({ tokens = [] }: { tokens?: Token[] }): string | undefined {
  const isPlain = tokens.every(({ type }) => type === "text" || type === "escape");
  if (!isPlain) return undefined;
  const text = tokens.map((token) => (token.type === "escape" ? (token as Tokens.Escape).text : token.raw));
  return text.join("").replace(/\s+/g, " ").trim();
}

const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};
