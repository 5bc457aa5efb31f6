/** `nimes upload` and `nimes update`: what the server lacks goes there, what this computer lacks comes here. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Refusal, Result } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { sentenceOf } from "@nimes/protocol/sentences";
import type { Organisation, StoredAttestation } from "../folder/organisation-folder.ts";
import {
  dropUnsent,
  listAttestations,
  manifestsIn,
  markSent,
  openOrganisation,
  readFolder,
  readSigned,
  repairManifest,
  saveManifest,
  saveSettings,
} from "../folder/organisation-folder.ts";
import type { OrganisationServer } from "../server/organisation-server.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { verifyManifests } from "../sign/verify-manifests.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseServer } from "./arguments.ts";
import { keptHere, sendAgain } from "./send-again.ts";

export async function upload(terminal: Terminal, given: { folder: string; server?: string }): Promise<void> {
  const organisation = await openOrganisation(terminal, given.folder);
  const server = given.server === undefined ? organisation.server : parseServer(terminal.texts, given.server);
  if (!server) throw new Stop("usage", terminal.texts.noServer);
  const kept = keptHere(organisation);
  const sent = await sendMissing(terminal, organisation, server);
  const again = await sendAgain(
    { terminal, organisation, server: organisationServer(terminal, server) },
    kept,
  );
  if (sent + again === 0) terminal.note(terminal.texts.serverHasAll);
}

/** Sends what it has never had, and remembers the address once the server has taken the organisation. */
export async function uploadTo(
  terminal: Terminal,
  organisation: Organisation,
  address: string,
): Promise<void> {
  const sent = await sendMissing(terminal, organisation, address);
  if (sent === 0) terminal.note(terminal.texts.serverHasAll);
}

/** @returns how much was sent, which has been said. */
async function sendMissing(terminal: Terminal, organisation: Organisation, address: string): Promise<number> {
  const server = organisationServer(terminal, address);
  const manifests = await sendManifests(terminal, organisation, server);
  if (address !== organisation.server) saveSettings(terminal, { ...organisation, server: address });
  const unsent = listAttestations(organisation.folder).filter(({ sent }) => !sent);
  for (const stored of unsent)
    await sendAttestation(terminal, server, { folder: organisation.folder, stored });
  const total = manifests + unsent.length;
  if (total > 0) terminal.note(terminal.texts.uploaded({ manifests, attestations: unsent.length }));
  return total;
}

/** Sends one attestation that waits in the folder. @throws Stop when the server refuses it. */
export async function sendAttestation(
  terminal: Terminal,
  server: OrganisationServer,
  { folder, stored }: { folder: string; stored: StoredAttestation },
): Promise<void> {
  const sent = await server.sendAttestation(readSigned(terminal, stored.path));
  if (sent.ok) return markSent(terminal, folder, stored);
  if (sent.code !== "outdated") throw refusedBy(terminal, sent);
  // It can never be taken any more, so it must not stand in the way of those behind it.
  dropUnsent(stored);
  throw new Stop("refused", terminal.texts.letterOutdated);
}

/** Fetches and verifies newer versions, and those that are damaged here. */
export async function update(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts } = terminal;
  const { rootHash, server, manifests } = readFolder(terminal, folder);
  if (!server) throw new Stop("usage", texts.noServer);
  const theirs = taken(terminal, await organisationServer(terminal, server).manifests());
  requireSameBeginning(terminal, manifests, theirs);
  if (theirs.length < manifests.length) throw new Stop("refused", texts.serverLostVersions);
  const verified = await verifyManifests(rootHash, theirs);
  if (!verified.ok) throw new Stop("refused", texts.serverHasOther);
  saveMissing(terminal, folder, theirs);
  terminal.note(texts.updated(verified.value.version));
}

/** Writes the versions that the folder lacks, in order. @param theirs verified. */
export function saveMissing(terminal: Terminal, folder: string, theirs: readonly Signed[]): void {
  const here = manifestsIn(folder);
  theirs.forEach((signed, index) => {
    const at = { version: index + 1, signed };
    if (index >= here.length) saveManifest(terminal, folder, at);
    else if (!here[index]) repairManifest(terminal, folder, at);
  });
}

/** @returns how many versions were sent. */
async function sendManifests(
  terminal: Terminal,
  { manifests }: Organisation,
  server: OrganisationServer,
): Promise<number> {
  const theirs = taken(terminal, await server.manifests());
  requireSameBeginning(terminal, manifests, theirs);
  const missing = manifests.slice(theirs.length);
  for (const signed of missing) taken(terminal, await server.sendManifest(signed));
  return missing.length;
}

/** Two histories of one organisation must never mix: whoever sees a second one has to find out why. */
export function requireSameBeginning(
  { texts }: Terminal,
  ours: readonly (Signed | undefined)[],
  theirs: readonly Signed[],
): void {
  const same = theirs.every(({ payload }, index) => {
    const own = ours[index];
    return !own || equalBytes(own.payload, payload);
  });
  if (!same) throw new Stop("refused", texts.serverHasOther);
}

/** The address of the server. @throws Stop when none is known. */
export function requireServer({ texts }: Terminal, { server }: Organisation): string {
  if (!server) throw new Stop("usage", texts.noServer);
  return server;
}

/** What the server answered. @throws Stop when it refused. */
export function taken<T>(terminal: Terminal, answered: Result<T>): T {
  if (!answered.ok) throw refusedBy(terminal, answered);
  return answered.value;
}

const refusedBy = ({ texts, language }: Terminal, { code }: Refusal): Stop =>
  new Stop("refused", texts.serverRefused(sentenceOf(code, language)));
