/** `nimes join`: the computer of an enrolment desk learns the organisation from its root hash. */
import { manifestsIn, requireNoOrganisation, saveSettings } from "../folder/organisation-folder.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { verifyManifests } from "../sign/verify-manifests.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseRootHash, parseServer } from "./arguments.ts";
import { requireSameBeginning, saveMissing, taken } from "./upload.ts";

export async function join(
  terminal: Terminal,
  given: { folder: string; rootHash: string; server: string },
): Promise<void> {
  const { texts } = terminal;
  const { folder } = given;
  const rootHash = parseRootHash(texts, given.rootHash);
  const server = parseServer(texts, given.server);
  requireNoOrganisation(terminal, folder);
  const theirs = taken(terminal, await organisationServer(terminal, server).manifests());
  if (theirs.length === 0) throw new Stop("refused", texts.serverHasNone);
  const verified = await verifyManifests(rootHash, theirs);
  if (!verified.ok) throw new Stop("refused", texts.serverHasOther);
  requireSameBeginning(terminal, manifestsIn(folder), theirs);
  saveMissing(terminal, folder, theirs);
  saveSettings(terminal, { folder, rootHash, server });
  terminal.note(texts.joined(verified.value.name));
}
