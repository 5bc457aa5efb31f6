/** The words of the watermark: who is looking, and when. */
import { plainName } from "../texts/names.ts";

/** Longer lines would not be whole anywhere on a phone. */
const longestLine = 34;
/** Width of a character as a part of its height, on the safe side for the fonts of all systems. */
const characterWidth = 0.62;

export type Mark = {
  lines: readonly string[];
  /** Pixels. */
  fontSize: number;
  lineHeight: number;
  tile: { width: number; height: number };
};

/**
 * @param looking.userId its first eight characters tell two people of one name apart.
 * @param looking.at device's clock, milliseconds; the mark carries the minute.
 */
export function markOf(looking: { displayName: string; unitName: string; userId: string; at: number }): Mark {
  const id = looking.userId.replaceAll("-", "").slice(0, 8);
  const lines = [plainName(looking.displayName), plainName(looking.unitName), `${stamp(looking.at)} · ${id}`]
    .filter((line) => line !== "")
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line));
  const fontSize = 13;
  const lineHeight = 17;
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    lines,
    fontSize,
    lineHeight,
    tile: {
      width: Math.ceil(longest * characterWidth * fontSize) + 36,
      height: lines.length * lineHeight + 52,
    },
  };
}

/** Day and minute, the same in every language, so that whoever reads a photograph cannot take one for the other. */
function stamp(at: number): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(time.getDate())}.${two(time.getMonth() + 1)}.${time.getFullYear()}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
