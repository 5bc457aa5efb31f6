/**
 * What a person reads is text and nothing else: names and reasons were chosen by others, and in a terminal a control
 * character could move the cursor over what was said before a signature (B6).
 */
import type { Terminal } from "./terminal.ts";

/** The colours of a QR code: the only escape sequences that this program writes. */
export const blackOnWhite = "\u001b[97;40m";
export const plainColours = "\u001b[0m";

const own = [blackOnWhite, plainColours, "\n"];
// A string, because the linter takes every control character in a literal for a slip.
const controls = new RegExp(
  `${own.map((text) => text.replace("[", "\\[")).join("|")}|[\\p{Cc}\\p{Bidi_Control}]`,
  "gu",
);

/** Each control or direction mark of somebody else's becomes a sign that can be seen. */
export const plainOutput = (text: string): string =>
  text.replace(controls, (found) => (own.includes(found) ? found : "\ufffd"));

/** The terminal, but whatever is said on it is plain. */
export const plainTerminal = (terminal: Terminal): Terminal => ({
  ...terminal,
  print: (text) => terminal.print(plainOutput(text)),
  note: (text) => terminal.note(plainOutput(text)),
});
