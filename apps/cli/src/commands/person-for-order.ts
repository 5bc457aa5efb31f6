/**
 * Whose phones an order is for. The holder of the revocation key has enrolled nobody: whom a name means is asked of the server,
 * and counts as far as a desk of the organisation has signed it. A server that withholds the right person can have another
 * one's phone locked, which it can do without any order; nothing is wiped for half a name.
 */
import type { UserId } from "@nimes/protocol/ids";
import { parseUserId } from "@nimes/protocol/ids";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Organisation } from "../folder/organisation-folder.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { AttestedPerson } from "./attested-by.ts";
import { askAttestedBy, newestOfEach } from "./attested-by.ts";
import { attestationsOf, fitting, theOnly } from "./find-user.ts";

/** `known`: attestations on this computer. */
export type Person = { userId: UserId; name: string; known: UserAttestation[] };

/**
 * By name or id; an id may be of somebody whom another computer has attested.
 * @returns undefined for a name that fits nobody here. @throws Stop when it fits several.
 */
export async function personHere(
  terminal: Terminal,
  organisation: Organisation,
  text: string,
): Promise<Person | undefined> {
  const known = await attestationsOf(terminal, organisation);
  const id = parseUserId(text.trim().toLowerCase());
  const found = fitting(known, text);
  if (found.length === 0) return id && { userId: id, name: id, known: [] };
  const { userId, displayName: name } = theOnly(terminal, found, text).attestation;
  const own = known.map(({ attestation }) => attestation).filter((one) => one.userId === userId);
  return { userId, name, known: own };
}

/**
 * By name, among all whom the desks of today have attested; says who was found.
 * @param by the revocation key; `whole`: half a name is not enough.
 * @throws Stop unless exactly one fits.
 */
export async function personAtServer(
  terminal: Terminal,
  organisation: Organisation,
  by: { text: string; signer: Signer; address: string; whole: boolean },
): Promise<Person> {
  const { texts } = terminal;
  const { text, signer, address } = by;
  const people: AttestedPerson[] = [];
  for (const { key: deskKey } of organisation.manifest.deskKeys)
    people.push(...(await askAttestedBy(terminal, organisation, { deskKey, signer, address })));
  const known = newestOfEach(people).map(({ attestation }) => ({ attestation, sent: true, counts: true }));
  const { attestation } = theOnly(terminal, fitting(known, text), text);
  const { userId, displayName: name, unitId } = attestation;
  const unit = organisation.manifest.units.find(({ id }) => id === unitId)?.name ?? unitId;
  if (by.whole && name.toLowerCase() !== text.trim().toLowerCase())
    throw new Stop("usage", texts.rules.device.wholeName(name, userId));
  terminal.note(texts.rules.device.found(name, unit, userId));
  return { userId, name, known: [] };
}
