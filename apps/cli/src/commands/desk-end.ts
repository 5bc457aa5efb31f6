/**
 * `nimes desk retire`, `nimes desk remove`, `nimes desk prolong`: a desk's key ends, with what it attested or without, or counts
 * longer. Signed by the root.
 */

import { toHex } from "@nimes/protocol/bytes";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { findDeskKey, nameOfDesk } from "../folder/desk-names.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { openKeyFile } from "../keys/key-file.ts";
import { deskKeyEntry } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { shortKey } from "./arguments.ts";
import type { AttestedPerson } from "./attested-by.ts";
import { askAttestedBy, attestedHere, isKey, printAttested } from "./attested-by.ts";
import { signChange } from "./sign-change.ts";

type DeskKey = OrgManifest["deskKeys"][number];

/** Nobody is tricked by it: what the key signed counts, and from now on it signs nothing. */
export async function retireDesk(terminal: Terminal, given: { folder: string; desk: string }): Promise<void> {
  const words = terminal.texts.desks;
  const organisation = await openOrganisation(terminal, given.folder);
  const desk = deskCalled(terminal, organisation, given.desk);
  const label = labelOf(organisation, desk);
  if (desk.validUntil <= terminal.now())
    throw new Stop("usage", words.alreadyRetired(label, dateIn(terminal.language, desk.validUntil)));
  const deskKeys = organisation.manifest.deskKeys.map((one) =>
    one === desk ? { ...one, validUntil: terminal.now() } : one,
  );
  const says = [words.signsRetire(label, desk.units.join(", ") || "–")];
  await signChange(terminal, organisation, { says, changes: { deskKeys } });
  terminal.note(words.retired(label));
}

/**
 * The same key with a new end; what it signed counts as before. One that has ended stays so: whoever kept it may have been told to
 * destroy it, and nobody expects it to sign again.
 */
export async function prolongDesk(
  terminal: Terminal,
  given: { folder: string; desk: string },
): Promise<void> {
  const words = terminal.texts.desks;
  const organisation = await openOrganisation(terminal, given.folder);
  const desk = deskCalled(terminal, organisation, given.desk);
  const label = labelOf(organisation, desk);
  const now = terminal.now();
  const day = (time: number): string => dateIn(terminal.language, time);
  if (desk.validUntil <= now) throw new Stop("refused", words.endedForGood(label, day(desk.validUntil)));
  const next = deskKeyEntry(desk.key, desk.units, now);
  if (day(next.validUntil) === day(desk.validUntil) || next.validUntil < desk.validUntil)
    throw new Stop("usage", words.countsAsLong(label, day(desk.validUntil)));
  const deskKeys = organisation.manifest.deskKeys.map((one) => (one === desk ? next : one));
  const says = [words.signsProlong(label, desk.units.join(", ") || "–", day(next.validUntil))];
  await signChange(terminal, organisation, { says, changes: { deskKeys } });
  terminal.note(words.prolonged(label, day(next.validUntil)));
}

/** The key was stolen. Says whom that ends before it is signed. */
export async function removeDesk(terminal: Terminal, given: { folder: string; desk: string }): Promise<void> {
  const words = terminal.texts.desks;
  const organisation = await openOrganisation(terminal, given.folder);
  const desk = deskCalled(terminal, organisation, given.desk);
  const deskKeys = organisation.manifest.deskKeys.filter((one) => one !== desk);
  if (deskKeys.length === 0) throw new Stop("usage", words.onlyDesk);
  const label = labelOf(organisation, desk);
  const people = await endedWith(terminal, organisation, desk);
  terminal.print(words.ends(people.length));
  printAttested(terminal, organisation, people);
  if (people.length > 0) terminal.note(words.saveFirst(toHex(desk.key)));
  const says = [words.signsRemove(label, desk.units.join(", ") || "–")];
  await signChange(terminal, organisation, { says, changes: { deskKeys } });
  terminal.note(words.removed(label));
}

async function endedWith(
  terminal: Terminal,
  organisation: Organisation,
  desk: DeskKey,
): Promise<AttestedPerson[]> {
  const { folder, server: address } = organisation;
  const words = terminal.texts.desks;
  if (!address) {
    terminal.note(words.onlyFromHere);
    return attestedHere(terminal, organisation, desk.key);
  }
  terminal.note(terminal.texts.signs("root"));
  terminal.note(words.signsQuery(shortKey(desk.key)));
  const signer = await openKeyFile(terminal, { folder, name: "root" }, await passphraseFor(terminal, "root"));
  return askAttestedBy(terminal, organisation, { deskKey: desk.key, signer, address });
}

/** @param text name of a desk here, its key or the beginning of it. @throws Stop when the organisation has none such. */
function deskCalled(terminal: Terminal, organisation: Organisation, text: string): DeskKey {
  const words = terminal.texts.desks;
  const key = findDeskKey(organisation, text);
  if (key === "ambiguous") throw new Stop("usage", words.keyAmbiguous(text));
  const desk = organisation.manifest.deskKeys.find((one) => isKey(one.key, key));
  if (!desk) throw new Stop("usage", words.keyUnknown(text));
  return desk;
}

/** As people tell it from others: name, if it has one here, and the beginning of the key. */
function labelOf({ folder }: Organisation, { key }: DeskKey): string {
  const name = nameOfDesk(folder, key);
  return name === undefined ? shortKey(key) : `${name} ${shortKey(key)}`;
}
