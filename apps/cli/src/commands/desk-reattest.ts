/**
 * `nimes desk reattest`: another desk of the station attests whom a stolen key has attested, and means it. Same person, same
 * device, same letter: nobody needs a new one, and a stolen key does not erase a station.
 */

import { sentenceOf } from "@nimes/protocol/sentences";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { findDeskKey } from "../folder/desk-names.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { dropUnsent, markSent, openOrganisation, saveUnsent } from "../folder/organisation-folder.ts";
import { keyNames, openKeyFile, readPublicKey } from "../keys/key-file.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { inPlainWords } from "../sign/attestation.ts";
import { clockToleranceMs } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseDeskName, shortKey } from "./arguments.ts";
import type { AttestedPerson } from "./attested-by.ts";
import { askAttestedBy, isKey, isMeant, printAttested } from "./attested-by.ts";
import { deskForUnit } from "./desk-for-unit.ts";
import { requireRightClock } from "./right-clock.ts";
import { requireServer } from "./upload.ts";

export type Chosen = { all: boolean; only: readonly string[]; except: readonly string[] };

export async function reattest(
  terminal: Terminal,
  given: { folder: string; key: string; desk?: string } & Chosen,
): Promise<void> {
  const words = terminal.texts.desks;
  const { folder } = given;
  const organisation = await openOrganisation(terminal, folder);
  const address = requireServer(terminal, organisation);
  const deskKey = findDeskKey(organisation, given.key);
  if (deskKey === "ambiguous") throw new Stop("usage", words.keyAmbiguous(given.key));
  if (!deskKey) throw new Stop("usage", words.keyUnknown(given.key));
  const name =
    given.desk === undefined
      ? anyDesk(terminal, organisation)
      : `desk-${parseDeskName(terminal.texts, given.desk)}`;
  if (isKey(deskKey, readPublicKey({ folder, name }))) throw new Stop("usage", words.notOther);
  const isMeantToSign = given.all || given.only.length > 0;
  if (isMeantToSign) await requireRightClock(terminal, organisation);
  terminal.note(terminal.texts.signs(name));
  terminal.note(words.signsQuery(shortKey(deskKey)));
  if (isMeantToSign) terminal.note(words.signsAgain(shortKey(deskKey)));
  const signer = await openKeyFile(terminal, { folder, name }, await passphraseFor(terminal, name));
  const people = await askAttestedBy(terminal, organisation, { deskKey, signer, address });
  for (const text of [...given.only, ...given.except])
    if (!people.some((person) => isMeant(person, text))) throw new Stop("usage", words.nobodyMeant(text));
  const chosen = people.filter((person) => isChosen(person, given));
  printAttested(terminal, organisation, isMeantToSign ? chosen : people);
  if (people.length === 0) terminal.note(words.nobody);
  else if (!isMeantToSign) terminal.note(words.choose);
  else await attestAll(terminal, organisation, { address, signer, chosen });
}

const isChosen = (person: AttestedPerson, { all, only, except }: Chosen): boolean =>
  (all || only.some((text) => isMeant(person, text))) && !except.some((text) => isMeant(person, text));

/** A desk's key on this computer that counts today. */
function anyDesk(terminal: Terminal, organisation: Organisation): string {
  const { folder, manifest } = organisation;
  for (const name of keyNames(folder)) {
    const key = readPublicKey({ folder, name });
    const [unitId] = manifest.deskKeys.find((one) => isKey(one.key, key))?.units ?? [];
    if (unitId) return deskForUnit(terminal, organisation, { unitId, name: name.replace(/^desk-/, "") });
  }
  throw new Stop("refused", terminal.texts.desks.nobody);
}

async function attestAll(
  terminal: Terminal,
  { folder }: Organisation,
  { address, signer, chosen }: { address: string; signer: Signer; chosen: readonly AttestedPerson[] },
): Promise<void> {
  const { texts, language } = terminal;
  const server = organisationServer(terminal, address);
  let done = 0;
  for (const { attestation } of chosen) {
    const signed = await signAgain(signer, attestation, terminal.now());
    const stored = saveUnsent(terminal, folder, { userId: attestation.userId, signed });
    const sent = await server.sendAttestation(signed);
    if (sent.ok) {
      markSent(terminal, folder, stored);
      done += 1;
    } else {
      dropUnsent(stored);
      terminal.note(texts.desks.notAgain(attestation.displayName, sentenceOf(sent.code, language)));
    }
  }
  terminal.note(texts.desks.again(done));
  if (done < chosen.length) throw new Stop("refused", texts.desks.choose);
}

/** The same, but when it was signed, which tells which of two is the latest, and what nobody sees in the name. */
const signAgain = (signer: Signer, attestation: UserAttestation, now: number) =>
  signStructure(
    "UserAttestation",
    {
      ...inPlainWords(attestation),
      validFrom: Math.max(now - clockToleranceMs, attestation.validFrom + 1),
    },
    [signer],
  );
