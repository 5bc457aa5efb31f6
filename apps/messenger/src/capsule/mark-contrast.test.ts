/** The watermark lies over text: even where it hits only the letters, or only what is around them, they stay legible. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Colour = { rgb: readonly number[]; alpha: number };

const tokens = readFileSync(new URL("../ui/tokens.css", import.meta.url), "utf8");

/** The two colours of `light-dark(…)` of a token. */
function bothOf(token: string): { light: Colour; dark: Colour } {
  const value = tokens.match(new RegExp(`--${token}: light-dark\\((.*)\\);`))?.[1] ?? "";
  const [light, dark] = value.match(/#[0-9a-f]{6}|rgb\([^)]*\)/g) ?? [];
  if (!light || !dark) throw new Error(`no token ${token} with two colours`);
  return { light: parse(light), dark: parse(dark) };
}

function parse(text: string): Colour {
  if (text.startsWith("#"))
    return { rgb: [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)), alpha: 1 };
  const [red = 0, green = 0, blue = 0, percent = 100] = (text.match(/\d+/g) ?? []).map(Number);
  return { rgb: [red, green, blue], alpha: percent / 100 };
}

const lay = (over: Colour, under: Colour): Colour => ({
  rgb: under.rgb.map((value, at) => value + ((over.rgb[at] ?? 0) - value) * over.alpha),
  alpha: 1,
});

/** WCAG 2.2, relative luminance. */
function luminance({ rgb }: Colour): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const pairs = [
  ["text", "surface"],
  ["text", "own"],
  ["text", "other"],
  ["text", "sunken"],
  ["muted", "surface"],
  ["muted", "canvas"],
  ["muted", "sunken"],
  ["own-muted", "own"],
  ["accent", "other"],
  ["accent", "canvas"],
  ["read", "canvas"],
  ["warn", "warn-tint"],
  ["alarm", "surface"],
  ["private", "private-tint"],
] as const;

for (const scheme of ["light", "dark"] as const)
  test(`no text falls below 4.5:1 under the watermark (${scheme})`, () => {
    const marks = ["mark-dark", "mark-light"].map((token) => bothOf(token)[scheme]);
    const worst = pairs.map(([text, ground]) => {
      const letters = bothOf(text)[scheme];
      const around = bothOf(ground)[scheme];
      const under = marks.flatMap((mark) => [
        contrast(lay(mark, letters), around),
        contrast(letters, lay(mark, around)),
        contrast(lay(mark, letters), lay(mark, around)),
      ]);
      return { text, ground, least: Math.min(...under) };
    });
    expect(worst.filter(({ least }) => least < 4.5)).toEqual([]);
  });
