/** The commands that a document shows, as somebody reads them who types them one after the other. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Token, Tokens } from "marked";
import { lexer, walkTokens } from "marked";

/** A line to type, and the lines that the document shows as its answer. */
export type ShownCommand = { command: string; answer: string[] };
export type Handbook = {
  /** Of blocks with a prompt, and of the steps of numbered lists, in the order of the document. */
  commands: ShownCommand[];
  /** Blocks for a shell, whole. */
  scripts: string[];
  /** Blocks that show no command. */
  others: string[];
  /** Commands named in running text. */
  named: string[];
};

/** @param document below `docs`. */
export function handbookIn(document: string): Handbook {
  const text = readFileSync(join(import.meta.dirname, "../../../../docs", document), "utf8");
  const found: Handbook = { commands: [], scripts: [], others: [], named: [] };
  for (const token of lexer(text)) {
    if (token.type === "code") addBlock(found, token as Tokens.Code);
    else if (token.type === "list" && (token as Tokens.List).ordered)
      found.commands.push(...spansIn([token]).map((command) => ({ command, answer: [] })));
    else found.named.push(...spansIn([token]));
  }
  return found;
}

function addBlock(found: Handbook, { lang, text }: Tokens.Code): void {
  const lines = text.split("\n");
  if (lang === "sh") found.scripts.push(text);
  else if (!lines.some(isPrompt)) found.others.push(text);
  else
    for (const line of lines)
      if (isPrompt(line)) found.commands.push({ command: line.slice(2).replace(/\s+# .*$/, ""), answer: [] });
      else found.commands.at(-1)?.answer.push(line);
}

const isPrompt = (line: string): boolean => line.startsWith("$ ");

function spansIn(tokens: Token[]): string[] {
  const spans: string[] = [];
  walkTokens(tokens, (token) => {
    if (token.type === "codespan" && /^nimes [a-z]/.test(token.text)) spans.push(token.text);
  });
  return spans;
}

/** What a shell hands to `nimes`: the arguments of each call in a line. */
export function callsIn(line: string): string[][] {
  const script = `nimes() { printf '%s\\0' "$@"; printf '\\n\\0'; }; ${line}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-ec", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout
    .split("\n\0")
    .slice(0, -1)
    .map((call) => call.split("\0").slice(0, -1));
}
