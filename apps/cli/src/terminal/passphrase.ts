/**
 * Where passphrases come from: a hidden question, or for automation a file descriptor (`NIMES_PASSPHRASE_FD`) or the
 * environment (`NIMES_PASSPHRASE`, readable by every process of the same user: docs/cli.md says so).
 */
import { readFileSync } from "node:fs";
import { Stop } from "../stop.ts";
import type { Terminal } from "./terminal.ts";

const minPassphraseLength = 12;

/** The passphrase of a key that exists. */
export async function passphraseFor(terminal: Terminal, keyName: string): Promise<string> {
  return fromAutomation(terminal) ?? ask(terminal, terminal.texts.askPassphrase(keyName));
}

/** A passphrase for a new key, asked twice. */
export async function newPassphrase(terminal: Terminal, keyNames: string): Promise<string> {
  const given = fromAutomation(terminal);
  const passphrase = given ?? (await ask(terminal, terminal.texts.askNewPassphrase(keyNames)));
  if (passphrase.length < minPassphraseLength)
    throw new Stop("passphrase", terminal.texts.passphraseTooShort(minPassphraseLength));
  if (given === undefined && (await ask(terminal, terminal.texts.askAgain)) !== passphrase)
    throw new Stop("passphrase", terminal.texts.passphrasesDiffer);
  return passphrase;
}

async function ask(terminal: Terminal, question: string): Promise<string> {
  if (!terminal.askHidden) throw new Stop("passphrase", terminal.texts.nobodyToAsk);
  try {
    return await terminal.askHidden(question);
  } catch {
    throw new Stop("passphrase", terminal.texts.cancelled);
  }
}

/** A descriptor has been read to its end after the first question; a command may ask twice. */
const alreadyRead = new WeakMap<Terminal["env"], string>();

function fromAutomation({ env, texts }: Terminal): string | undefined {
  const descriptor = env.NIMES_PASSPHRASE_FD;
  if (descriptor === undefined) return env.NIMES_PASSPHRASE;
  const known = alreadyRead.get(env);
  if (known !== undefined) return known;
  try {
    const read = readFileSync(Number.parseInt(descriptor, 10), "utf8").replace(/\r?\n$/, "");
    alreadyRead.set(env, read);
    return read;
  } catch {
    throw new Stop("passphrase", texts.descriptorUnreadable);
  }
}
