import type { Language } from "../model/settings.ts";

const units = [
  ["day", 24 * 60 * 60_000],
  ["hour", 60 * 60_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A length of time in the largest unit that it is a whole number of: "7 Tage", "5 Minuten". */
export function duration(ms: number, language: Language): string {
  const [unit, unitMs] = units.find(([, size]) => ms >= size && ms % size === 0) ?? units[3];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(
    Math.round(ms / unitMs),
  );
}
