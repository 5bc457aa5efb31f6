/** What the user chose for this browser: nothing secret, so it stands in the browser's plain storage. */
import { createStore, type StoreApi } from "zustand/vanilla";

export const languages = ["de", "en"] as const;
export const themes = ["system", "light", "dark"] as const;
export const textSizes = ["small", "normal", "large", "larger", "largest"] as const;

export type Language = (typeof languages)[number];
export type Theme = (typeof themes)[number];
export type TextSize = (typeof textSizes)[number];
export type Settings = { language: Language; theme: Theme; textSize: TextSize };

const storageKey = "nimes-settings";

/** @param stored text from the storage; anything that is not a setting is replaced by its default. */
export function parseSettings(stored: string | null, preferredLanguages: readonly string[]): Settings {
  const known = readObject(stored);
  const preferred = preferredLanguages.map((tag) => tag.slice(0, 2));
  return {
    language:
      oneOf(languages, known.language) ??
      preferred.map((tag) => oneOf(languages, tag)).find((tag) => tag !== undefined) ??
      "de",
    theme: oneOf(themes, known.theme) ?? "system",
    textSize: oneOf(textSizes, known.textSize) ?? "normal",
  };
}

/** Settings that are shown at once in the document and kept in the browser's storage. */
export function createSettings(window: Window): StoreApi<Settings> {
  const store = createStore<Settings>(() =>
    parseSettings(storageOf(window)?.getItem(storageKey) ?? null, window.navigator.languages),
  );
  const show = ({ language, theme, textSize }: Settings) => {
    const { documentElement } = window.document;
    documentElement.lang = language;
    documentElement.dataset.theme = theme;
    documentElement.dataset.textSize = textSize;
  };
  show(store.getState());
  store.subscribe((settings) => {
    show(settings);
    storageOf(window)?.setItem(storageKey, JSON.stringify(settings));
  });
  return store;
}

/** A browser that blocks website data throws at the mere question; then nothing is kept. */
function storageOf(window: Window): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

function readObject(stored: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const oneOf = <T extends string>(options: readonly T[], value: unknown): T | undefined =>
  options.find((option) => option === value);
