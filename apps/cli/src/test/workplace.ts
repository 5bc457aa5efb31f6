/** A computer with a folder, on which `nimes` is called, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Language } from "@nimes/protocol/errors";
import { runNimes } from "../program.ts";
import { textsIn } from "../texts/texts.ts";

export const passphrase = "korrektes Pferd Batterie";

export type Run = { code: number; printed: string; notes: string };
export type Workplace = {
  folder: string;
  /** Calls `nimes` here with a passphrase from the environment, or with typed answers. */
  nimes(args: string[], options?: RunOptions): Promise<Run>;
  remove(): void;
};
export type RunOptions = {
  env?: Record<string, string>;
  /** Answers to the hidden questions, in order. */
  typed?: string[];
  language?: Language;
  now?: number;
};

export function makeWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "nimes-cli-"));
  return {
    folder,
    async nimes(args, options = {}) {
      const printed: string[] = [];
      const notes: string[] = [];
      const typed = [...(options.typed ?? [])];
      const code = await runNimes(
        {
          print: (text) => printed.push(text),
          note: (text) => notes.push(text),
          ...(options.typed
            ? {
                askHidden: async (question: string) => {
                  notes.push(question);
                  return typed.shift() ?? "";
                },
              }
            : {}),
          env: options.typed ? {} : { NIMES_PASSPHRASE: passphrase, ...options.env },
          folder,
          coloured: false,
          language: options.language ?? "de",
          texts: textsIn(options.language ?? "de"),
          now: () => options.now ?? Date.now(),
          // As cheap as age allows: these tests are not about guessing passphrases.
          scryptLogN: 1,
        },
        args,
      );
      return { code, printed: printed.join("\n"), notes: notes.join("\n") };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
