/**
 * What the documents cite has to exist, or they rot. In a document of promises a citation is a link to a test file and
 * behind it, in curly quotation marks, titles of tests in that file; a title that ends with "…" is the beginning of
 * exactly one. Curly quotation marks are used for nothing else there.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Documents whose every citation is checked. */
export const citingDocuments = ["docs/threat-model.md", "docs/promises.md", "docs/claims.md"];

/**
 * A call whose first argument is a text and whose next is a function, or options and a function: `test("…", () =>`.
 * @param names what tests are called by in the file.
 */
const titledCall = (names: string[]): RegExp =>
  new RegExp(
    `(?:\\b(?:${names.join("|")})|\\))\\(\\s*(["\`])((?:\\\\.|(?!\\1)[^\\\\])*)\\1\\s*,\\s*` +
      "(?:\\{[^}]*\\},\\s*)?(?:async\\b|\\(|[a-z]\\w*\\s*=>)",
    "g",
  );

/** `const release = test.extend(…)`: Playwright's way to a test with more at hand. */
const extendedTest = /const (\w+) = test\.extend\b/g;

const linkOrTitle = /\]\((?<link>[^)\s]+)\)|“(?<title>[^”]*)”/g;

/** Titles of the tests in a file, as they stand in the source: `%s` and `${…}` are not filled in. */
export function titlesOf(source: string): string[] {
  const names = ["test", "it", ...[...source.matchAll(extendedTest)].map((found) => found[1] ?? "test")];
  return [...source.matchAll(titledCall(names))].map((call) => (call[2] ?? "").replace(/\\(.)/g, "$1"));
}

/**
 * @param root folder of the repository.
 * @param document path of the document below it.
 * @returns one sentence for each citation that leads nowhere.
 */
export function brokenCitations(root: string, document: string): string[] {
  const lines = readFileSync(join(root, document), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const broken: string[] = [];
    const complain = (what: string): number => broken.push(`${document}:${index + 1}: ${what}`);
    let titles: string[] | undefined;
    let file = "";
    for (const { groups } of line.matchAll(linkOrTitle)) {
      const { link, title } = groups ?? {};
      if (link !== undefined) {
        if (/^(https?:|#)/.test(link)) continue;
        file = normalize(join(dirname(document), link.replace(/#.*$/, "")));
        titles = undefined;
        if (!existsSync(join(root, file))) complain(`${file} does not exist`);
        else if (file.endsWith(".test.ts")) titles = titlesOf(readFileSync(join(root, file), "utf8"));
      } else if (title !== undefined) {
        if (titles === undefined) complain(`“${title}” stands behind no test file`);
        else if (countOf(titles, title) !== 1)
          complain(`${file} has ${countOf(titles, title)} tests “${title}”`);
      }
    }
    return broken;
  });
}

function countOf(titles: string[], cited: string): number {
  if (!cited.endsWith("…")) return titles.filter((title) => title === cited).length;
  const beginning = cited.slice(0, -1).trimEnd();
  return beginning === "" ? 0 : titles.filter((title) => title.startsWith(beginning)).length;
}
