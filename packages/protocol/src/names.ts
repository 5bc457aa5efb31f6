/**
 * Names as the organisation signs them: of people, stations and itself. A name is one line that shows what it says. Schemas
 * take more than that, because what was signed once can never be corrected, and one mark that was pasted along must not end
 * an organisation: whoever signs refuses, whoever shows takes out.
 */

// Controls, ends of lines, marks that change the direction, halves of characters, and what takes no room.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const visible = /[\p{L}\p{N}]/u;
// Neither space nor mark on nothing nor Braille's blank, which is drawn as a space.
const drawn = /[^\s\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** @returns the first hidden character as people look it up, such as `U+202E`; undefined where there is none. */
export function hiddenIn(text: string): string | undefined {
  const [found] = text.match(hidden) ?? [];
  return found && `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** What is left of a name that was signed before anybody asked. */
export const withoutHidden = (text: string): string => text.replace(hidden, "").trim();

/** Whether nothing of a text is to be seen: empty is what shows nothing, whatever it is made of. */
export const isBlank = (text: string): boolean => !drawn.test(text);

/** Whether there is a letter or a digit to be seen. */
export const showsSomething = (text: string): boolean => visible.test(withoutHidden(text));
