/** What the pilot shows when it is ready. */
import { qrLines } from "@nimes/cli/letter/letter-text";
import { dateIn } from "@nimes/cli/texts/texts";
import type { Language } from "@nimes/protocol/errors";
import type { People } from "../organisation/people.ts";
import type { PilotTexts } from "../texts.ts";

export type Ready = { url: string; people: People; officers: string[] };

/** One line for programs. */
export const readyJson = ({ url, people }: Ready): string =>
  JSON.stringify({
    url,
    activations: people.unused.map(({ name, unit, link }) => ({ name, unit, url: link })),
  });

export type Screen = { columns: number; coloured: boolean; language: Language };

/** Everything for people: QR codes first, so that the links stand where they are seen. */
export function readyText(texts: PilotTexts, ready: Ready, screen: Screen): string {
  const { url, people, officers } = ready;
  const lines = [...qrCodes(people, screen), texts.running(url), ""];
  const [first] = people.unused;
  lines.push(first ? texts.links(dateIn(screen.language, first.activateUntil)) : texts.noLinks);
  for (const { name, unit, link } of people.unused) lines.push(`  ${name}, ${unit}`, `  ${link}`);
  if (first) lines.push(texts.linksStay);
  if (people.joined.length > 0) lines.push("", texts.goOn);
  for (const { name, unit, origin } of people.joined) lines.push(`  ${name}, ${unit}: ${origin}/`);
  lines.push("");
  if (officers.length > 0) lines.push(texts.answering(officers.join(", ")));
  lines.push(texts.privateWindow(url), texts.phone, texts.ctrlC);
  return lines.join("\n");
}

const gap = "  ";

/** Codes side by side, as many as fit. */
function qrCodes({ unused }: People, { columns, coloured }: Screen): string[] {
  const codes = unused.map(({ name, link }) => ({ name, lines: qrLines(link, false).split("\n") }));
  const width = Math.max(1, ...codes.flatMap(({ lines }) => lines.map((line) => line.length)));
  const perRow = Math.max(1, Math.floor((columns + gap.length) / (width + gap.length)));
  const paint = (line: string) =>
    coloured ? `\u001b[97;40m${line.padEnd(width)}\u001b[0m` : line.padEnd(width);
  const rows: string[] = [];
  for (let start = 0; start < codes.length; start += perRow) {
    const row = codes.slice(start, start + perRow);
    const height = Math.max(...row.map(({ lines }) => lines.length));
    rows.push(
      row
        .map(({ name }) => name.padEnd(width))
        .join(gap)
        .trimEnd(),
    );
    for (let line = 0; line < height; line += 1)
      rows.push(row.map(({ lines }) => paint(lines[line] ?? "")).join(gap));
    rows.push("");
  }
  return rows;
}
