/** Judges what a page is asked to do: which keys and menus would take content out of the app. */

/** The part of a keyboard event that counts. */
export type Key = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey">;

/**
 * Whether the browser would save or print the page, or mark all of it. With Shift as well: then it photographs the
 * page or opens the system's own print dialog.
 * @param inField marking everything is editing there.
 */
export function isWayOut(key: Key, inField: boolean): boolean {
  // AltGr is Ctrl and Alt on some systems, and types letters.
  if (!(key.ctrlKey || key.metaKey) || key.altKey) return false;
  switch (letterOf(key)) {
    case "s":
    case "p":
      return true;
    case "a":
      return !inField;
    default:
      return false;
  }
}

/** Layouts without Latin letters keep the browser's shortcuts where these letters are on other keyboards. */
const letterOf = ({ key, code }: Key): string =>
  /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, "").toLowerCase();

/**
 * Whether a menu may open. It is needed for pasting into a field; over anything else, and over marked text, it saves,
 * prints, translates or looks things up. A finger marks a word only to edit it, and without its menu it could not.
 */
export const mayHaveMenu = (at: { inField: boolean; marked: boolean; byTouch: boolean }): boolean =>
  at.inField && (at.byTouch || !at.marked);
