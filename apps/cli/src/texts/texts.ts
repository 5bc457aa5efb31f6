/** Which language the command line speaks: German, unless the person's environment says English. */
import type { Language } from "@nimes/protocol/errors";
import { english } from "./english.ts";
import { german } from "./german.ts";

export type Texts = typeof german;

/** @param env `NIMES_LANG` goes first, then what every program looks at. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const wanted = env.NIMES_LANG ?? env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? "";
  return wanted.toLowerCase().startsWith("en") ? "en" : "de";
}

export const textsIn = (language: Language): Texts => (language === "en" ? english : german);

/** Date and time of day as people write them. */
export const momentIn = (language: Language, time: number): string =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : "de-DE", {
    dateStyle: "long",
    timeStyle: "short",
  }).format(time);

/** A date as people write it. */
export const dateIn = (language: Language, time: number): string =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : "de-DE", { dateStyle: "long" }).format(time);
