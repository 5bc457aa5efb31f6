/** An activation letter in the terminal. */
import { formatActivationLink } from "@nimes/protocol/activation-link";
import type { ActivationLetter } from "@nimes/protocol/letter-code";
import { formatLetterCode, letterQrText } from "@nimes/protocol/letter-code";
import { renderUnicodeCompact } from "uqr";
import { blackOnWhite, plainColours } from "../terminal/plain-output.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";

export type Letter = {
  organisation: string;
  displayName: string;
  unitName: string;
  /** Milliseconds. */
  activateUntil: number;
  /** Origin of the server. */
  address: string;
  /** What is printed, with the secret. */
  contents: ActivationLetter;
  /** Whether the link is shown, too: it leaves the secret in the browser that opens it. */
  withLink: boolean;
};

const groupsInLine = 7;

/** The letter as lines of text with a QR code. */
export function letterText({ texts, language, coloured }: Terminal, letter: Letter): string {
  const { displayName, unitName, address, contents, withLink, activateUntil } = letter;
  return [
    texts.letter.for(displayName, unitName),
    "",
    qrLines(letterQrText(contents), coloured),
    "",
    texts.letter.open(address),
    texts.letter.enter,
    ...codeLines(contents).map((line) => `  ${line}`),
    "",
    ...(withLink
      ? [texts.letter.link, `  ${formatActivationLink(address, contents)}`, texts.letter.linkStays, ""]
      : []),
    texts.letter.until(dateIn(language, activateUntil)),
    texts.letter.onlyOnce,
  ].join("\n");
}

/** The code's groups in lines, so that nobody loses their place. */
export function codeLines(contents: ActivationLetter): string[] {
  const groups = formatLetterCode(contents);
  return [groups.slice(0, groupsInLine), groups.slice(groupsInLine)].map((line) => line.join(" "));
}

/** A QR code of text characters. @param coloured draws it black on white whatever the terminal's colours are. */
export function qrLines(text: string, coloured: boolean): string {
  const code = renderUnicodeCompact(text, { border: 2 });
  if (!coloured) return code;
  return code
    .split("\n")
    .map((line) => `${blackOnWhite}${line}${plainColours}`)
    .join("\n");
}
