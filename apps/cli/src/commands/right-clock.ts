/**
 * Before anything is signed that bears a time: whether the computer's clock can be right. What is dated far into the future
 * stands before everything that is signed later, or counts for years longer than anybody meant; what is dated back counts
 * for nothing. Two things know better: what was signed here last, and the server. Neither decides: the person does.
 */
import { limits } from "@nimes/protocol/limits";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Organisation } from "../folder/organisation-folder.ts";
import { listAttestations, signedIn } from "../folder/organisation-folder.ts";
import { newestKnownRelease } from "../release/known-releases.ts";
import { serverClock } from "../server/server-clock.ts";
import { clockToleranceMs } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";

/** An office that signs nothing for so long is asked once. */
const longestPauseMs = 365 * 24 * 60 * 60_000;

/** @throws Stop when the clock is far from what was signed here or from the server's, and nobody has said that it is right. */
export async function requireRightClock(terminal: Terminal, organisation: Organisation): Promise<void> {
  const last = await newestSigned(terminal, organisation);
  await requireNoDoubt(terminal, { last, address: organisation.server });
}

/** The same where nothing has been signed yet. */
export const requireClockOfServer = (terminal: Terminal, address: string): Promise<void> =>
  requireNoDoubt(terminal, { address });

async function requireNoDoubt(
  terminal: Terminal,
  known: { last?: number; address: string | undefined },
): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.clock;
  const now = terminal.now();
  const here = momentIn(language, now);
  const doubts: string[] = [];
  const { last, address } = known;
  if (last !== undefined && (now < last - limits.clockToleranceMs || now > last + longestPauseMs))
    doubts.push(words.farFromSigned(here, momentIn(language, last)));
  const there = address === undefined ? undefined : await serverClock(address);
  if (there !== undefined && Math.abs(now - there) > limits.clockToleranceMs)
    doubts.push(words.farFromServer(here, momentIn(language, there)));
  if (doubts.length === 0) return;
  for (const doubt of doubts) terminal.note(doubt);
  if (!terminal.clockIsRight?.()) throw new Stop("refused", words.check);
}

/** By the times in it. What cannot be read says nothing: no file may keep a lost phone from being locked. */
async function newestSigned(terminal: Terminal, organisation: Organisation): Promise<number> {
  const { folder, manifest } = organisation;
  const release = await newestKnownRelease(terminal, { folder, keys: manifest.releaseKeys ?? [] });
  const attested = listAttestations(folder).map(({ path }) => attestedAt(path));
  return Math.max(manifest.validFrom + clockToleranceMs, release?.time ?? 0, ...attested);
}

function attestedAt(path: string): number {
  const signed = signedIn(path);
  const said = signed && peekSigned(UserAttestation, signed);
  return said?.ok ? said.value.validFrom + clockToleranceMs : 0;
}
