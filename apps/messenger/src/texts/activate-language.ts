/** Loads the texts of a language; the other one is not downloaded until somebody chooses it. */
import type { I18n, Messages } from "@lingui/core";
import type { Language } from "../model/settings.ts";

const catalogs: Record<Language, () => Promise<{ messages: Messages }>> = {
  de: () => import("../locales/de.po"),
  en: () => import("../locales/en.po"),
};

export async function activateLanguage(i18n: I18n, language: Language): Promise<void> {
  const { messages } = await catalogs[language]();
  i18n.loadAndActivate({ locale: language, messages });
}
