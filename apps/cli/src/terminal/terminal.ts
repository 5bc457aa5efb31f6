/** What a command sees of the world: where it prints, how it asks, what the environment says. */
import type { Language } from "@nimes/protocol/errors";
import type { Texts } from "../texts/texts.ts";

export type Terminal = {
  print(text: string): void;
  /** Beside the result: notes for the person, never part of what a script reads. */
  note(text: string): void;
  /** Asks without echo. Undefined where nobody can be asked. */
  askHidden?: (question: string) => Promise<string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  folder: string;
  /** Whether the output is a terminal that knows colours. */
  coloured: boolean;
  language: Language;
  texts: Texts;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether the person has said so, whatever the clock was compared with. */
  clockIsRight?(): boolean;
  /** log2 of scrypt's cost for new key files; lower only where the passphrase is itself a random key. */
  scryptLogN: number;
};
