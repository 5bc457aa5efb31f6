/** `nimes init`: an organisation with its keys. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@nimes/protocol/bytes";
import { rootKeyHash } from "@nimes/protocol/ids";
import type { Organisation } from "../folder/organisation-folder.ts";
import { requireNoOrganisation, saveManifest, saveSettings } from "../folder/organisation-folder.ts";
import { isPart, moveTo, partOf } from "../folder/write-file.ts";
import { makeKeyFile } from "../keys/key-file.ts";
import type { Unit } from "../sign/manifest.ts";
import { deskKeyEntry, signFirstManifest } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import { newPassphrase } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseName, parseServer, parseUnitWithName } from "./arguments.ts";
import { requireClockOfServer } from "./right-clock.ts";
import { uploadTo } from "./upload.ts";

/** Name of the desk key that `init` makes. */
export const firstDesk = "1";

export type NewOrganisation = { folder: string; name: string; units: Unit[]; passphrase: string };

export async function init(
  terminal: Terminal,
  given: { folder: string; name: string; units: string[]; server?: string },
): Promise<void> {
  const { texts } = terminal;
  const name = parseName(texts, given.name);
  const units = given.units.map((unit) => parseUnitWithName(texts, unit));
  const server = given.server === undefined ? undefined : parseServer(texts, given.server);
  requireNoOrganisation(terminal, given.folder);
  if (!isFree(given.folder)) throw new Stop("folder", texts.folderNotEmpty(given.folder));
  if (server) await requireClockOfServer(terminal, server);
  terminal.note(texts.signs("root"));
  terminal.note(texts.signsFirst(name));
  for (const unit of units) terminal.note(texts.signsUnit(unit.name, unit.id));
  terminal.note(texts.signsDesk(`desk-${firstDesk}`, units.map((unit) => unit.name).join(", ")));
  const passphrase = await newPassphrase(terminal, texts.allKeys);
  const organisation = await makeWhole(terminal, { folder: given.folder, name, units, passphrase });
  terminal.note(texts.initialised(name, given.folder));
  terminal.note(texts.keepRoot);
  terminal.note(texts.forTheServer);
  terminal.print(`NIMES_ORG_ROOT=${toHex(organisation.rootHash)}`);
  if (server) await uploadTo(terminal, organisation, server);
}

/** What is moved into a folder that is there, in this order: with the last the folder is an organisation. */
const contents = ["keys", "manifests", "organisation.json"];

/**
 * Made aside and moved to its place when it is whole: an interrupted `init` leaves no organisation. Aside is within a folder that
 * is there, which may be a medium of its own.
 */
async function makeWhole(terminal: Terminal, made: NewOrganisation): Promise<Organisation> {
  const { folder } = made;
  const isThere = existsSync(folder);
  const part = partOf(isThere ? join(folder, "init") : folder);
  try {
    const organisation = await makeOrganisation(terminal, { ...made, folder: part });
    if (!isThere) moveTo(terminal, part, folder);
    else for (const name of contents) moveTo(terminal, join(part, name), join(folder, name));
    return { ...organisation, folder };
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** What systems put on an empty medium, and what is left of an interrupted `init`, is nothing. */
const isNothing = (name: string): boolean =>
  name.startsWith(".") || isPart(name) || ["lost+found", "System Volume Information"].includes(name);

/** Whether there is nothing yet, or an empty folder. */
function isFree(folder: string): boolean {
  try {
    return readdirSync(folder).every(isNothing);
  } catch {
    return true;
  }
}

/** Makes the keys and version 1, and writes the folder. */
export async function makeOrganisation(terminal: Terminal, made: NewOrganisation): Promise<Organisation> {
  const { folder, passphrase } = made;
  const keyFile = (name: string) => makeKeyFile(terminal, { folder, name }, passphrase);
  const root = await keyFile("root");
  const revocation = await keyFile("revocation");
  const policy = await keyFile("policy");
  const desk = await keyFile(`desk-${firstDesk}`);
  const now = terminal.now();
  const unitIds = made.units.map(({ id }) => id);
  const { manifest, signed } = await signFirstManifest(root, {
    name: made.name,
    units: made.units,
    deskKeys: [deskKeyEntry(desk.publicKey, unitIds, now)],
    revocationKey: revocation.publicKey,
    policyKey: policy.publicKey,
    now,
  });
  const rootHash = rootKeyHash(root.publicKey);
  saveManifest(terminal, folder, { version: 1, signed });
  saveSettings(terminal, { folder, rootHash, server: undefined });
  return { folder, rootHash, server: undefined, manifests: [signed], manifest };
}
