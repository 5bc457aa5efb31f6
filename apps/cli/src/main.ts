#!/usr/bin/env node
/** `nimes`: the command line of organisation and enrolment desk. */
import { runNimes } from "./program.ts";
import { askHidden } from "./terminal/hidden-prompt.ts";
import { languageOf, textsIn } from "./texts/texts.ts";

/** age's own default: about a second for every guess. */
const scryptLogN = 18;

const language = languageOf(process.env);
process.exitCode = await runNimes(
  {
    print: (text) => console.log(text),
    note: (text) => console.error(text),
    ...(process.stdin.isTTY ? { askHidden } : {}),
    env: process.env,
    // npm runs scripts in the project's folder and says here where the person stands.
    folder: process.env.INIT_CWD ?? process.cwd(),
    coloured: process.stdout.isTTY,
    language,
    texts: textsIn(language),
    now: Date.now,
    scryptLogN,
  },
  process.argv.slice(2),
);
