/**
 * The organisation for an order to a phone that is lost: no damaged file may keep it from being locked. Where the versions here
 * cannot be read or do not stand on the root, those of the server do, verified from the same root hash.
 */
import { join } from "node:path";
import type { Organisation } from "../folder/organisation-folder.ts";
import { readFolder } from "../folder/organisation-folder.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { verifyManifests } from "../sign/verify-manifests.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { taken } from "./upload.ts";

/** @throws Stop when there is no folder, or neither it nor the server has versions that verify. */
export async function openForOrder(terminal: Terminal, folder: string): Promise<Organisation> {
  const { texts } = terminal;
  const here = readFolder(terminal, folder);
  const { rootHash, server } = here;
  const own = here.manifests.filter((signed) => signed !== undefined);
  const verified = await verifyManifests(rootHash, own);
  if (verified.ok && own.length === here.manifests.length)
    return { folder, rootHash, server, manifests: own, manifest: verified.value };
  const damage = texts.damaged(join(folder, "manifests"));
  if (!server) throw new Stop("folder", damage);
  terminal.note(damage);
  terminal.note(texts.goesByServer);
  const manifests = taken(terminal, await organisationServer(terminal, server).manifests());
  const theirs = await verifyManifests(rootHash, manifests);
  if (!theirs.ok) throw new Stop("refused", texts.serverHasOther);
  return { folder, rootHash, server, manifests, manifest: theirs.value };
}
