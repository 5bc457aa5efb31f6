/** Whom a desk key has attested: as the server says, each verified, and as this computer knows. */
import { equalBytes } from "@nimes/protocol/bytes";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Signer } from "@nimes/protocol/signed/signed";
import { openSigned, signStructure } from "@nimes/protocol/signed/signed";
import { hasPlausibleTimes, UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Organisation } from "../folder/organisation-folder.ts";
import { listAttestations, readSigned } from "../folder/organisation-folder.ts";
import { organisationServer } from "../server/organisation-server.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { taken } from "./upload.ts";

export type AttestedPerson = { attestation: UserAttestation; used: boolean };

/** A server that never comes to an end is left alone after as many pages as the largest station has. */
const maxPages = 200;

/**
 * The newest letter of everybody whom the key has attested, by name.
 * @param signer the root, a revocation key, or another desk of the key's units: the server tells nobody else.
 */
export async function askAttestedBy(
  terminal: Terminal,
  organisation: Organisation,
  { deskKey, signer, address }: { deskKey: Uint8Array; signer: Signer; address: string },
): Promise<AttestedPerson[]> {
  const server = organisationServer(terminal, address);
  const { orgId } = organisation.manifest;
  const people: AttestedPerson[] = [];
  let after = 0;
  for (let page = 0; page < maxPages; page += 1) {
    const query = { orgId, deskKey, after, nonce: await server.nonce() };
    const body = await signStructure("AttestationQuery", query, [signer]);
    const answer = taken(terminal, await server.call(routes.postAttestationQuery, body));
    for (const { attestation: signed, used } of answer.attested) {
      const attestation = await attestedWith(deskKey, signed);
      if (attestation?.orgId === orgId) people.push({ attestation, used });
      else terminal.note(terminal.texts.desks.unsound);
    }
    if (answer.next === null || answer.next <= after) break;
    after = answer.next;
  }
  return newestOfEach(people);
}

/** As this computer knows, where no server can be asked. */
export async function attestedHere(
  terminal: Terminal,
  organisation: Organisation,
  deskKey: Uint8Array,
): Promise<AttestedPerson[]> {
  const people: AttestedPerson[] = [];
  for (const { path } of listAttestations(organisation.folder)) {
    const attestation = await attestedWith(deskKey, readSigned(terminal, path));
    if (attestation) people.push({ attestation, used: false });
  }
  return newestOfEach(people);
}

async function attestedWith(deskKey: Uint8Array, signed: Signed): Promise<UserAttestation | undefined> {
  const opened = await openSigned("UserAttestation", UserAttestation, signed, [deskKey]);
  return opened.ok && hasPlausibleTimes(opened.value) ? opened.value : undefined;
}

/** Of each letter the latest word, and of each person the latest letter. */
export function newestOfEach(people: readonly AttestedPerson[]): AttestedPerson[] {
  const newest = new Map<string, AttestedPerson>();
  for (const person of people) {
    const { userId, generation, validFrom } = person.attestation;
    const known = newest.get(userId);
    const isNewer =
      !known ||
      generation > known.attestation.generation ||
      (generation === known.attestation.generation && validFrom >= known.attestation.validFrom);
    if (isNewer) newest.set(userId, person);
  }
  return [...newest.values()].sort((a, b) =>
    a.attestation.displayName.localeCompare(b.attestation.displayName, "de"),
  );
}

/** One line for each person. */
export function printAttested(
  terminal: Terminal,
  { manifest }: Organisation,
  people: readonly AttestedPerson[],
): void {
  for (const { attestation, used } of people) {
    const { displayName: name, function: duty, unitId, userId: id } = attestation;
    const unit = manifest.units.find((one) => one.id === unitId)?.name ?? unitId;
    terminal.print(`  ${terminal.texts.desks.line({ name, unit, function: duty, used, id })}`);
  }
}

/** Whether a person is meant by what somebody typed: the id, or the name or a part of it. */
export const isMeant = ({ attestation }: AttestedPerson, text: string): boolean => {
  const wanted = text.trim().toLowerCase();
  return (
    wanted !== "" && (attestation.userId === wanted || attestation.displayName.toLowerCase().includes(wanted))
  );
};

export const isKey = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && equalBytes(one, other);
