/** `nimes unit add`, `nimes desk key`, `nimes desk add`: new versions of the manifest, signed by the root. */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { deskKeyCalled, noteDeskName } from "../folder/desk-names.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { makeKeyFile, readPublicKey } from "../keys/key-file.ts";
import { deskKeyEntry } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import { newPassphrase } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { parseDeskName, parseKey, parseName, parseUnit, shortKey } from "./arguments.ts";
import { isKey } from "./attested-by.ts";
import { signChange } from "./sign-change.ts";

/** Adds a station; the desk named, or the only one there is, may enrol people there. */
export async function addUnit(
  terminal: Terminal,
  given: { folder: string; id: string; name: string; desk?: string },
): Promise<void> {
  const { texts } = terminal;
  const unit = { id: parseUnit(texts, given.id), name: parseName(texts, given.name) };
  const organisation = await openOrganisation(terminal, given.folder);
  const { units, deskKeys } = organisation.manifest;
  if (units.some(({ id }) => id === unit.id)) throw new Stop("usage", texts.unitExists(unit.id));
  const desk = deskFor(terminal, organisation, given.desk);
  const changed = deskKeys.map((entry) =>
    desk && equalBytes(entry.key, desk) ? { ...entry, units: [...entry.units, unit.id] } : entry,
  );
  const says = [texts.signsUnit(unit.name, unit.id)];
  if (desk) says.push(texts.signsDesk(shortKey(desk), unit.name));
  else terminal.note(texts.desks.unitWithoutDesk);
  await signChange(terminal, organisation, { says, changes: { units: [...units, unit], deskKeys: changed } });
  terminal.note(texts.unitAdded(unit.name));
}

/** Makes a desk's key on its own computer; only the public half leaves it. */
export async function makeDeskKey(
  terminal: Terminal,
  given: { folder: string; name: string },
): Promise<void> {
  const key = await makeDesk(terminal, given);
  terminal.note(terminal.texts.deskKeyMade(given.name));
  terminal.print(toHex(key));
}

/** Lets a desk's key count for stations. */
export async function addDesk(
  terminal: Terminal,
  given: { folder: string; name: string; units: string[]; publicKey?: string },
): Promise<void> {
  const { texts } = terminal;
  const organisation = await openOrganisation(terminal, given.folder);
  const { manifest } = organisation;
  const units = given.units.map((text) => {
    const id = parseUnit(texts, text);
    const unit = manifest.units.find((candidate) => candidate.id === id);
    if (!unit) throw new Stop("usage", texts.unitUnknown(id));
    return unit;
  });
  const { folder } = organisation;
  const name = parseDeskName(texts, given.name);
  const asked = given.publicKey === undefined ? undefined : parseKey(texts, given.publicKey);
  const called = deskKeyCalled(folder, name);
  const isTaken = manifest.deskKeys.some((entry) => isKey(entry.key, called));
  if (isTaken && !(called && isKey(called, asked))) throw new Stop("usage", texts.desks.nameTaken(name));
  const key = asked ?? (await makeDesk(terminal, { folder, name }));
  if (manifest.deskKeys.some((entry) => equalBytes(entry.key, key)))
    throw new Stop("usage", texts.deskExists);
  const entry = deskKeyEntry(
    key,
    units.map(({ id }) => id),
    terminal.now(),
  );
  if (asked) noteDeskName(terminal, folder, { name, key });
  const says = [texts.signsDesk(shortKey(key), units.map(({ name }) => name).join(", "))];
  await signChange(terminal, organisation, { says, changes: { deskKeys: [...manifest.deskKeys, entry] } });
  terminal.note(texts.deskAdded(given.name));
}

/** A key that is here but does not count yet is taken as it is: the attempt before may have ended half-way. */
async function makeDesk(terminal: Terminal, given: { folder: string; name: string }): Promise<Uint8Array> {
  const name = `desk-${parseDeskName(terminal.texts, given.name)}`;
  const existing = readPublicKey({ folder: given.folder, name });
  if (existing) return existing;
  const passphrase = await newPassphrase(terminal, name);
  return (await makeKeyFile(terminal, { folder: given.folder, name }, passphrase)).publicKey;
}

/** The public key of the desk that gets a new station; undefined where none or several could and none was named. */
function deskFor(
  terminal: Terminal,
  { folder, manifest }: Organisation,
  name?: string,
): Uint8Array | undefined {
  const { texts, language } = terminal;
  const now = terminal.now();
  if (name === undefined) {
    const [only, ...more] = manifest.deskKeys.filter(({ validUntil }) => validUntil > now);
    return more.length === 0 ? only?.key : undefined;
  }
  const called = deskKeyCalled(folder, parseDeskName(texts, name));
  const desk = manifest.deskKeys.find((entry) => isKey(entry.key, called));
  if (!desk) throw new Stop("usage", texts.deskUnknown(name));
  if (desk.validUntil <= now)
    throw new Stop("refused", texts.desks.hasEnded(name, dateIn(language, desk.validUntil)));
  return desk.key;
}
