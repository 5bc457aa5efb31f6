/** `npm run pilot` */
import { once } from "node:events";
import { resolve } from "node:path";
import { exitCodes, Stop } from "@nimes/cli/stop";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { languageOf, textsIn } from "@nimes/cli/texts/texts";
import { CommanderError } from "commander";
import { readOptions } from "./options.ts";
import { readyJson, readyText } from "./output/ready-text.ts";
import { startPilot } from "./pilot.ts";
import { ServerStopped } from "./server/keep-server.ts";
import { pilotTexts } from "./texts.ts";

/** The passphrase is random: stretching it would only make every start slower. */
const scryptLogN = 1;

const language = languageOf(process.env);
const texts = pilotTexts(language);
const checkout = resolve(import.meta.dirname, "../../..");
const current = process.env.INIT_CWD ?? process.cwd();
const say = (sentence: string): void => console.error(sentence);
const terminal: Terminal = {
  print: say,
  // What `nimes` says on the way is for the holder of real keys.
  note: () => undefined,
  env: {},
  folder: current,
  coloured: false,
  language,
  texts: textsIn(language),
  now: Date.now,
  scryptLogN,
};

/** Fires at Ctrl-C, or when whoever started this wants it to end. */
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    // npm hands on what the terminal has sent already, so the same wish comes twice.
    if (!interruption.signal.aborted) say(texts.ending);
    interruption.abort();
  });
const interrupted = once(interruption.signal, "abort");

async function run(): Promise<number> {
  const options = readOptions(texts, process.argv.slice(2), { current, checkout });
  const pilot = await startPilot({ options, checkout, terminal, texts, say });
  try {
    if (interruption.signal.aborted) return 0;
    const screen = { columns: process.stdout.columns ?? 80, coloured: process.stdout.isTTY, language };
    console.log(options.json ? readyJson(pilot) : readyText(texts, pilot, screen));
    await Promise.race([interrupted, pilot.failed]);
    return 0;
  } finally {
    await pilot.stop();
  }
}

function exitCodeFor(error: unknown): number {
  // Ctrl-C reaches a build under way as well; that it failed is no news then.
  if (interruption.signal.aborted && error instanceof Stop) return 0;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (!(error instanceof Stop || error instanceof ServerStopped)) throw error;
  say(error.message);
  return error instanceof Stop ? exitCodes[error.reason] : error.exitCode;
}

// Clients may still hold timers; everything that matters has been stored by now.
process.exit(await run().catch(exitCodeFor));
