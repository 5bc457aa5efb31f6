/**
 * Loads the texts of a language; the other one is not downloaded until somebody chooses it. What the first screen says
 * comes first, the texts of the screens behind it with the first of them.
 */
import type { I18n, Messages } from "@lingui/core";
import type { Language } from "../model/settings.ts";

const first: Record<Language, () => Promise<Messages>> = {
  de: async () => (await import("./catalog-de.ts")).catalog,
  en: async () => (await import("./catalog-en.ts")).catalog,
};
const later: Record<Language, () => Promise<Messages>> = {
  de: async () => (await import("../locales/later/de.po")).messages,
  en: async () => (await import("../locales/later/en.po")).messages,
};

/** What is drawn at the start. */
export async function activateFirstTexts(i18n: I18n, language: Language): Promise<void> {
  i18n.loadAndActivate({ locale: language, messages: await first[language]() });
}

/** The texts of every other screen, in the language that is active; to be loaded together with such a screen. */
export async function loadLaterTexts(i18n: I18n): Promise<void> {
  const language = i18n.locale === "en" ? "en" : "de";
  const messages = await later[language]();
  // Whoever listens draws again.
  const isNew = Object.keys(messages).some((id) => !Object.hasOwn(i18n.messages, id));
  if (isNew || i18n.locale !== language) i18n.load(language, messages);
}

/** All texts of a language, for changing to it whatever screens are open. */
export async function loadAllTexts(language: Language): Promise<Messages> {
  const [atFirst, behind] = await Promise.all([first[language](), later[language]()]);
  return { ...atFirst, ...behind };
}
