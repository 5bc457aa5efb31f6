/** `nimes upload` and `nimes update`: what the server lacks goes there, what this computer lacks comes here. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Refusal, Result } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { sentenceOf } from "@nimes/protocol/sentences";
import type { Organisation, StoredAttestation } from "../folder/organisation-folder.ts";
import {
  dropUnsent,
  listAttestations,
  markSent,
  openOrganisation,
  readSigned,
  saveManifest,
  saveSettings,
} from "../folder/organisation-folder.ts";
import type { OrganisationServer } from "../server/organisation-server.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { verifyManifests } from "../sign/verify-manifests.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseServer } from "./arguments.ts";

export async function upload(terminal: Terminal, given: { folder: string; server?: string }): Promise<void> {
  const organisation = await openOrganisation(terminal, given.folder);
  const server = given.server === undefined ? organisation.server : parseServer(terminal.texts, given.server);
  if (!server) throw new Stop("usage", terminal.texts.noServer);
  await uploadTo(terminal, organisation, server);
}

/** Sends what is missing there, and remembers the address once the server has taken the organisation. */
export async function uploadTo(
  terminal: Terminal,
  organisation: Organisation,
  address: string,
): Promise<void> {
  const server = organisationServer(terminal, address);
  const manifests = await sendManifests(terminal, organisation, server);
  if (address !== organisation.server) saveSettings(terminal, { ...organisation, server: address });
  const unsent = listAttestations(organisation.folder).filter(({ sent }) => !sent);
  for (const stored of unsent)
    await sendAttestation(terminal, server, { folder: organisation.folder, stored });
  terminal.note(terminal.texts.uploaded({ manifests, attestations: unsent.length }));
}

/** Sends one attestation that waits in the folder. @throws Stop when the server refuses it. */
export async function sendAttestation(
  terminal: Terminal,
  server: OrganisationServer,
  { folder, stored }: { folder: string; stored: StoredAttestation },
): Promise<void> {
  const sent = await server.sendAttestation(readSigned(terminal, stored.path));
  if (sent.ok) return markSent(folder, stored);
  if (sent.code !== "outdated") throw refusedBy(terminal, sent);
  // It can never be taken any more, so it must not stand in the way of those behind it.
  dropUnsent(stored);
  throw new Stop("refused", terminal.texts.letterOutdated);
}

/** Fetches and verifies newer versions. */
export async function update(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts } = terminal;
  const organisation = await openOrganisation(terminal, folder);
  if (!organisation.server) throw new Stop("usage", texts.noServer);
  const theirs = taken(terminal, await organisationServer(terminal, organisation.server).manifests());
  requireSameBeginning(terminal, organisation.manifests, theirs);
  if (theirs.length < organisation.manifests.length) throw new Stop("refused", texts.serverLostVersions);
  const verified = await verifyManifests(organisation.rootHash, theirs);
  if (!verified.ok) throw new Stop("refused", texts.serverHasOther);
  saveNewer(terminal, folder, { have: organisation.manifests.length, theirs });
  terminal.note(texts.updated(verified.value.version));
}

/** Writes the versions behind those that the folder has. */
export function saveNewer(
  terminal: Terminal,
  folder: string,
  { have, theirs }: { have: number; theirs: Signed[] },
) {
  theirs.forEach((signed, index) => {
    if (index >= have) saveManifest(terminal, folder, { version: index + 1, signed });
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
function requireSameBeginning({ texts }: Terminal, ours: readonly Signed[], theirs: readonly Signed[]): void {
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
