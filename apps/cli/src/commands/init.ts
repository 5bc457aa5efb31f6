/** `nimes init`: an organisation with its keys. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@nimes/protocol/bytes";
import { rootKeyHash } from "@nimes/protocol/ids";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { Organisation } from "../folder/organisation-folder.ts";
import {
  manifestsIn,
  openOrganisation,
  requireNoOrganisation,
  saveManifest,
  saveSettings,
} from "../folder/organisation-folder.ts";
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
  const half = halfMadeIn(given.folder);
  if (half) {
    const organisation = await finish(terminal, half, { folder: given.folder, name, units });
    terminal.note(texts.wentOn);
    return sayMade(terminal, organisation, server);
  }
  if (!isFree(given.folder)) throw new Stop("folder", texts.folderNotEmpty(given.folder));
  if (server) await requireClockOfServer(terminal, server);
  terminal.note(texts.signs("root"));
  terminal.note(texts.signsFirst(name));
  for (const unit of units) terminal.note(texts.signsUnit(unit.name, unit.id));
  terminal.note(texts.signsDesk(`desk-${firstDesk}`, units.map((unit) => unit.name).join(", ")));
  const passphrase = await newPassphrase(terminal, texts.allKeys);
  const organisation = await makeWhole(terminal, { folder: given.folder, name, units, passphrase });
  await sayMade(terminal, organisation, server);
}

async function sayMade(
  terminal: Terminal,
  organisation: Organisation,
  server: string | undefined,
): Promise<void> {
  const { texts } = terminal;
  terminal.note(texts.initialised(organisation.manifest.name, organisation.folder));
  terminal.note(texts.keepRoot);
  terminal.note(texts.forTheServer);
  terminal.print(`NIMES_ORG_ROOT=${toHex(organisation.rootHash)}`);
  if (server) await uploadTo(terminal, organisation, server);
}

/** What is moved into a folder that is there, in this order: with the last the folder is an organisation. */
const contents = ["keys", "manifests", "organisation.json"];
const isIn = (folder: string, name: string): boolean => existsSync(join(folder, name));

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
    else moveContents(terminal, part, folder);
    return { ...organisation, folder };
  } finally {
    // Once its first half is in its place, the other is kept for the next `init`.
    if (halfMadeIn(folder) !== part) rmSync(part, { recursive: true, force: true });
  }
}

function moveContents(terminal: Terminal, part: string, folder: string): void {
  for (const name of contents)
    if (!isIn(folder, name)) moveTo(terminal, join(part, name), join(folder, name));
}

/** Where an `init` was interrupted between its last steps, so that each of the contents is here or aside, and all of it whole. */
function halfMadeIn(folder: string): string | undefined {
  const isHere = (name: string) => isIn(folder, name);
  if (!existsSync(folder) || !contents.some(isHere)) return undefined;
  return readdirSync(folder)
    .filter(isPart)
    .map((name) => join(folder, name))
    .find((part) => contents.every((name) => isHere(name) !== isIn(part, name)));
}

/** Its keys are of the organisation that was begun then: no other is finished in its place. */
async function finish(
  terminal: Terminal,
  part: string,
  { folder, name, units }: { folder: string; name: string; units: Unit[] },
): Promise<Organisation> {
  const { texts } = terminal;
  const [signed] = [part, folder].flatMap((place) => manifestsIn(place));
  const manifest = signed && peekSigned(OrgManifest, signed);
  if (!manifest?.ok) throw new Stop("folder", texts.folderNotEmpty(folder));
  const { name: begun, units: stations } = manifest.value;
  const inWords = (list: readonly Unit[]): string => list.map((unit) => `${unit.id}=${unit.name}`).join();
  if (begun !== name || inWords(stations) !== inWords(units))
    throw new Stop("folder", texts.halfMade(begun, folder));
  moveContents(terminal, part, folder);
  rmSync(part, { recursive: true, force: true });
  return openOrganisation(terminal, folder);
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
