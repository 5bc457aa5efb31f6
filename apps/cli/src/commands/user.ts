/** `nimes user add`, `nimes letter`, `nimes user list`: attestations by a desk key, each with an activation letter. */
import { newUserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { DeviceClass } from "@nimes/protocol/schema";
import type { Organisation } from "../folder/organisation-folder.ts";
import { dropUnsent, openOrganisation, saveUnsent } from "../folder/organisation-folder.ts";
import { writeNewFile } from "../folder/write-file.ts";
import { openKeyFile } from "../keys/key-file.ts";
import { letterPage } from "../letter/letter-page.ts";
import { letterText } from "../letter/letter-text.ts";
import { organisationServer } from "../server/organisation-server.ts";
import type { Officer, SignedLetter } from "../sign/attestation.ts";
import { inPlainWords, signLetter } from "../sign/attestation.ts";
import { Stop } from "../stop.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { parseDuty, parseName, parseUnit } from "./arguments.ts";
import { deskForUnit } from "./desk-for-unit.ts";
import { findUser, usersOf } from "./find-user.ts";
import { requireRightClock } from "./right-clock.ts";
import { sendAttestation } from "./upload.ts";

/** How the letter leaves. `link`: as a link, too. */
export type LetterOptions = { folder: string; desk?: string; page?: string; link?: boolean };

export async function addUser(
  terminal: Terminal,
  given: LetterOptions & { name: string; unit: string; function: string; deviceClass: DeviceClass },
): Promise<void> {
  const { texts } = terminal;
  const organisation = await openOrganisation(terminal, given.folder);
  const unitId = parseUnit(texts, given.unit);
  const officer: Officer = {
    orgId: organisation.manifest.orgId,
    userId: newUserId(),
    displayName: parseName(texts, given.name),
    unitId,
    function: parseDuty(texts, given.function),
    generation: 1,
    deviceClass: given.deviceClass,
  };
  await enrol(terminal, organisation, { officer, options: given, replaces: "nothing" });
  terminal.note(texts.userAdded(officer.displayName, officer.userId));
}

/**
 * A new letter for somebody who has not activated yet; the server refuses it afterwards.
 * @param given.newDevice for somebody who has: the next generation, which ends the devices of all lower ones when the
 *   letter is used.
 */
export async function newLetter(
  terminal: Terminal,
  given: LetterOptions & { user: string; newDevice: boolean; deviceClass?: DeviceClass },
): Promise<void> {
  const organisation = await openOrganisation(terminal, given.folder);
  const { attestation } = await findUser(terminal, organisation, given.user);
  const officer: Officer = {
    ...inPlainWords(attestation),
    generation: attestation.generation + (given.newDevice ? 1 : 0),
    deviceClass: given.deviceClass ?? attestation.deviceClass,
  };
  const replaces = given.newDevice ? "devices" : "letter";
  await enrol(terminal, organisation, { officer, options: given, replaces });
}

export async function listUsers(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts, language } = terminal;
  const organisation = await openOrganisation(terminal, folder);
  const users = await usersOf(terminal, organisation);
  if (users.length === 0) terminal.note(texts.noUsers);
  const unitName = new Map(organisation.manifest.units.map(({ id, name }) => [id, name]));
  for (const { attestation, sent, counts } of users) {
    const until = dateIn(language, attestation.activateUntil);
    const facts = [
      attestation.displayName,
      unitName.get(attestation.unitId) ?? attestation.unitId,
      attestation.function,
      attestation.activateUntil > terminal.now() ? texts.validLetterUntil(until) : texts.letterEnded,
      counts ? "" : texts.deskGone,
      sent ? "" : texts.notSent,
      attestation.userId,
    ];
    terminal.print(facts.filter((fact) => fact !== "").join(" · "));
  }
}

/** What is signed for an officer, and how the letter leaves. */
export type Enrolment = {
  officer: Officer;
  options: LetterOptions;
  replaces: "nothing" | "letter" | "devices";
};

/** Says what will be signed, signs, sends and prints the letter. */
export async function enrol(
  terminal: Terminal,
  organisation: Organisation,
  enrolment: Enrolment,
): Promise<void> {
  const { texts, language } = terminal;
  const { officer, options } = enrolment;
  const { folder, server } = organisation;
  if (!server) throw new Stop("usage", texts.noServer);
  const desk = deskForUnit(terminal, organisation, { unitId: officer.unitId, name: options.desk });
  const unitName =
    organisation.manifest.units.find(({ id }) => id === officer.unitId)?.name ?? officer.unitId;
  await requireRightClock(terminal, organisation);
  terminal.note(texts.signs(desk));
  terminal.note(
    texts.signsUser({
      name: officer.displayName,
      unit: unitName,
      function: officer.function,
      id: officer.userId,
    }),
  );
  const until = dateIn(language, terminal.now() + limits.activationLifetimeMs);
  terminal.note(texts.signsLetter(officer.deviceClass, until));
  if (enrolment.replaces !== "nothing") terminal.note(texts.signsNewLetter);
  if (enrolment.replaces === "devices") terminal.note(texts.signsNewDevice);
  const signer = await openKeyFile(terminal, { folder, name: desk }, await passphraseFor(terminal, desk));
  const letter = await signLetter(signer, officer, terminal.now());
  await deliver(terminal, organisation, { server, letter });
  showLetter(terminal, { organisation, server, letter, unitName, options });
}

/** To the server before the letter is printed: a letter that was refused must never be handed out. */
async function deliver(
  terminal: Terminal,
  { folder }: Organisation,
  { server, letter }: { server: string; letter: SignedLetter },
): Promise<void> {
  const { signed, attestation } = letter;
  const stored = saveUnsent(terminal, folder, { userId: attestation.userId, signed });
  try {
    await sendAttestation(terminal, organisationServer(terminal, server), { folder, stored });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error.reason === "refused") {
      dropUnsent(stored);
      throw error;
    }
    terminal.note(error.message);
    terminal.note(terminal.texts.waitsForUpload);
  }
}

function showLetter(
  terminal: Terminal,
  shown: {
    organisation: Organisation;
    server: string;
    letter: SignedLetter;
    unitName: string;
    options: LetterOptions;
  },
): void {
  const { attestation, secret } = shown.letter;
  const { page, link = false } = shown.options;
  const letter = {
    organisation: shown.organisation.manifest.name,
    displayName: attestation.displayName,
    unitName: shown.unitName,
    activateUntil: attestation.activateUntil,
    address: shown.server,
    contents: { orgId: attestation.orgId, secret },
    withLink: link,
  };
  terminal.print(letterText(terminal, letter));
  if (page === undefined) return;
  writeNewFile(terminal, page, letterPage(letter));
  terminal.note(terminal.texts.letter.pageWritten(page));
}
