/** Loads the texts of a language; the other one is not downloaded until somebody chooses it. */
import type { I18n, Messages } from "@lingui/core";
import type { Language } from "../model/settings.ts";

const catalogs: Record<Language, () => Promise<{ catalog: Messages }>> = {
  de: () => import("./catalog-de.ts"),
  en: () => import("./catalog-en.ts"),
};

export async function activateLanguage(i18n: I18n, language: Language): Promise<void> {
  const { catalog } = await catalogs[language]();
  i18n.loadAndActivate({ locale: language, messages: catalog });
}
