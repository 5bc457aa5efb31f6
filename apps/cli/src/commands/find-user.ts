/** Officers whom this computer has attested. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Organisation } from "../folder/organisation-folder.ts";
import { listAttestations, signedIn } from "../folder/organisation-folder.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `counts`: whether the desk key that signed still stands in the organisation. */
export type KnownUser = { attestation: UserAttestation; sent: boolean; counts: boolean };

/**
 * Every attestation on this computer, oldest first for each user; each verified. One that is damaged is told and left out:
 * it must not stand in the way of a lost phone that is to be locked.
 */
export async function attestationsOf(terminal: Terminal, organisation: Organisation): Promise<KnownUser[]> {
  const known: KnownUser[] = [];
  for (const { userId, path, sent } of listAttestations(organisation.folder)) {
    const signed = signedIn(path);
    const one = signed && (await verified(organisation, signed));
    if (one?.attestation.userId === userId) known.push({ ...one, sent });
    else terminal.note(terminal.texts.leftOut(path));
  }
  return known;
}

/** The newest attestation of everybody, by name; each verified. */
export const usersOf = async (terminal: Terminal, organisation: Organisation): Promise<KnownUser[]> =>
  newestOfEach(await attestationsOf(terminal, organisation));

/** The last of each is the newest. */
function newestOfEach(known: readonly KnownUser[]): KnownUser[] {
  const newest = new Map(known.map((one): [UserId, KnownUser] => [one.attestation.userId, one]));
  return [...newest.values()].sort((a, b) =>
    a.attestation.displayName.localeCompare(b.attestation.displayName, "de"),
  );
}

/** @param text a user id, a name or a part of one. @throws Stop unless exactly one fits. */
export const findUser = async (
  terminal: Terminal,
  organisation: Organisation,
  text: string,
): Promise<KnownUser> => theOnly(terminal, fitting(await attestationsOf(terminal, organisation), text), text);

/** Whoever is meant: by the id, else by the whole name, else by a part of it; each once, by the newest attestation. */
export function fitting(known: readonly KnownUser[], text: string): KnownUser[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const users = newestOfEach(known);
  const named = (fits: (name: string) => boolean) =>
    users.filter(({ attestation }) => fits(attestation.displayName.toLowerCase()));
  const exact = users.filter(({ attestation }) => attestation.userId === wanted);
  const candidates = [exact, named((name) => name === wanted), named((name) => name.includes(wanted))];
  return candidates.find((list) => list.length > 0) ?? [];
}

/** @throws Stop when it is nobody or several, whom it names. */
export function theOnly({ texts }: Terminal, fitting: readonly KnownUser[], text: string): KnownUser {
  const [found, ...more] = fitting;
  if (!found) throw new Stop("usage", texts.userUnknown(text));
  const lines = [found, ...more].map(
    ({ attestation: { displayName, unitId, userId } }) => `  ${displayName} · ${unitId} · ${userId}`,
  );
  if (more.length > 0) throw new Stop("usage", texts.userAmbiguous(text, lines.join("\n")));
  return found;
}

/** By a desk of today, or by one that was struck out since: what is here was signed when it still counted. */
async function verified(
  { manifest, manifests }: Organisation,
  signed: Signed,
): Promise<Omit<KnownUser, "sent"> | undefined> {
  const signedBy = signed.signatures[0]?.key;
  const listed = (deskKeys: OrgManifest["deskKeys"]) =>
    deskKeys.find(({ key }) => signedBy && equalBytes(key, signedBy));
  const current = listed(manifest.deskKeys);
  const desk =
    current ??
    manifests
      .map((version) => peekSigned(OrgManifest, version))
      .map((version) => version.ok && listed(version.value.deskKeys))
      .find((found) => found);
  const opened = await openSigned("UserAttestation", UserAttestation, signed, desk ? [desk.key] : []);
  return opened.ok ? { attestation: opened.value, counts: current !== undefined } : undefined;
}
