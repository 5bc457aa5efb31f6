/** Times and days as people write them. All take "now" so that they can be tested. */
import type { Language } from "../model/settings.ts";

const dayMs = 24 * 60 * 60 * 1000;
const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Whole days between two moments by the calendar of this device; 0 is today, 1 yesterday. */
export const daysAgo = (at: number, now: number): number =>
  Math.round((startOfDay(now) - startOfDay(at)) / dayMs);

export const isSameDay = (one: number, other: number): boolean => startOfDay(one) === startOfDay(other);

/** 14:32 */
export const clockTime = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

/** In a list: the time today, the day before that. */
export function listTime(at: number, now: number, language: Language): string {
  const ago = daysAgo(at, now);
  if (ago <= 0) return clockTime(at, language);
  if (ago === 1) return relativeDay(ago, language);
  if (ago < 7) return new Intl.DateTimeFormat(language, { weekday: "short" }).format(at);
  return new Intl.DateTimeFormat(language, { day: "2-digit", month: "2-digit", year: "2-digit" }).format(at);
}

/** Over the messages of one day. */
export function dayName(at: number, now: number, language: Language): string {
  const ago = daysAgo(at, now);
  if (ago === 0 || ago === 1) return relativeDay(ago, language);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** For a message's details and for screen readers. */
export const fullTime = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }).format(at);

/** Where there is little room: 28.11., 14:32 */
export const dateAndTime = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, {
    day: "2-digit",
    month: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);

export const dateOnly = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(at);

function relativeDay(ago: number, language: Language): string {
  const name = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-ago, "day");
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
