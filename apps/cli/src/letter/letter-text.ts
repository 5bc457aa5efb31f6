/** An activation letter in the terminal. */
import { renderUnicodeCompact } from "uqr";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";

export type Letter = {
  organisation: string;
  displayName: string;
  unitName: string;
  /** Milliseconds. */
  activateUntil: number;
  /** The whole link, with the secret behind the `#`. */
  link: string;
};

/** The letter as lines of text with a QR code. */
export function letterText({ texts, language, coloured }: Terminal, letter: Letter): string {
  return [
    texts.letter.for(letter.displayName, letter.unitName),
    "",
    qrLines(letter.link, coloured),
    "",
    texts.letter.link,
    `  ${letter.link}`,
    "",
    texts.letter.until(dateIn(language, letter.activateUntil)),
    texts.letter.onlyOnce,
  ].join("\n");
}

/** A QR code of text characters. @param coloured draws it black on white whatever the terminal's colours are. */
export function qrLines(text: string, coloured: boolean): string {
  const code = renderUnicodeCompact(text, { border: 2 });
  if (!coloured) return code;
  return code
    .split("\n")
    .map((line) => `\u001b[97;40m${line}\u001b[0m`)
    .join("\n");
}
