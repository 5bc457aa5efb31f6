/** The pilot's options. */
import { resolve } from "node:path";
import { Stop } from "@nimes/cli/stop";
import { Command } from "commander";
import type { PilotTexts } from "./texts.ts";

export type PilotOptions = { port: number; dataFolder: string; officers: number; json: boolean };

/** Enough for every name there is. */
const maxOfficers = 24;

/**
 * @param args what stands behind the program's name.
 * @param folders where relative paths start, and the checkout.
 * @throws CommanderError after help and for unknown options, Stop for values that are none.
 */
export function readOptions(
  texts: PilotTexts,
  args: readonly string[],
  folders: { current: string; checkout: string },
): PilotOptions {
  const command = new Command("npm run pilot --")
    .description(texts.help.about)
    .option("--port <number>", texts.help.port, "8080")
    .option("--data <dir>", texts.help.data)
    .option("--officers <number>", texts.help.officers, "6")
    .option("--json", texts.help.json, false)
    .helpOption("-h, --help", texts.help.help)
    .allowExcessArguments(false)
    .exitOverride()
    .parse(args, { from: "user" });
  const given = command.opts<{ port: string; data?: string; officers: string; json: boolean }>();
  return {
    port: wholeNumber(given.port, 65_535, texts.notAPort(given.port)),
    dataFolder:
      given.data === undefined ? resolve(folders.checkout, ".pilot") : resolve(folders.current, given.data),
    officers: wholeNumber(given.officers, maxOfficers, texts.notACount(given.officers, maxOfficers)),
    json: given.json,
  };
}

function wholeNumber(text: string, max: number, sentence: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > max) throw new Stop("usage", sentence);
  return Number(text);
}
