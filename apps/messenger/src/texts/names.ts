/**
 * Names and texts that other people chose. Characters that change the direction of what stands beside them, or that
 * nobody can see, are taken out of names; texts keep them but are isolated by the bubble (B6).
 */

// Controls, marks and embeddings that change direction, what takes no room, and fillers that are drawn as spaces. Not what
// joins the parts of an emoji.
const invisible = /[\p{Cc}\p{Bidi_Control}\u00ad\u115f\u1160\u180e\u200b\u2060\u2800\u3164\ufeff\uffa0]/gu;

/** A name on one line, without hidden characters. */
export const plainName = (name: string): string => name.replace(/\s+/g, " ").replace(invisible, "").trim();

/** The first line of a text for a preview, cut to what a list can show at most. */
export const previewText = (text: string): string => plainName(text.slice(0, 240));

/** A rank or an abbreviation before a name, like "POK" or "PK'in": says nothing about who it is. */
const rank = /^\p{Lu}{2,6}(['’]?in)?$/u;

/** Up to two letters for a picture that is not there: of the first and the last word, without the rank. */
export function initials(name: string): string {
  const words = plainName(name)
    .split(/[\s\-·,./]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const telling = words.length > 2 && rank.test(words[0] ?? "") ? words.slice(1) : words;
  const last = telling.length > 1 ? telling[telling.length - 1] : "";
  return firstLetter(telling[0] ?? "") + firstLetter(last ?? "") || "?";
}

const firstLetter = (word: string): string =>
  (word.match(/[\p{L}\p{N}]/u)?.[0] ?? "").toLocaleUpperCase("de");

/** For searching: without case and accents. */
export const searchable = (text: string): string =>
  plainName(text).normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase("de").replaceAll("ı", "i");

/** One word as people write it: Müller, Mueller and Muller are one, as are Weiß and Weiss, O’Neill and Oneill. */
const folded = (text: string): string =>
  searchable(text)
    .replaceAll("ß", "ss")
    .replaceAll("æ", "ae")
    .replaceAll("œ", "oe")
    .replaceAll("ø", "o")
    .replaceAll("ł", "l")
    .replaceAll(/([aou])e/g, "$1");
const apostrophes = /['’‘ʼ`´]/gu;

const wordsOf = (text: string): string[] =>
  folded(text.replace(apostrophes, ""))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");

/** Words, and two that stand together as one: Müller-Lüdenscheidt is found by "muellerlued", too. */
function wordsIn(field: string): string[] {
  const words = wordsOf(field);
  return [...words, ...words.slice(1).map((word, index) => `${words[index]}${word}`)];
}

/** Whether every word that is looked for begins a word of one of the fields. Nothing finds all, what has no letter and no digit nobody. */
export function matches(query: string, fields: readonly string[]): boolean {
  if (query.trim() === "") return true;
  const wanted = wordsOf(query);
  const words = fields.flatMap(wordsIn);
  return wanted.length > 0 && wanted.every((one) => words.some((word) => word.startsWith(one)));
}
