/** Officers whom this computer has attested. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { openSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Organisation } from "../folder/organisation-folder.ts";
import { listAttestations, readSigned } from "../folder/organisation-folder.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

export type KnownUser = { attestation: UserAttestation; sent: boolean };

/** Every attestation on this computer, oldest first for each user; each verified. */
export async function attestationsOf(
  terminal: Terminal,
  organisation: Organisation,
): Promise<UserAttestation[]> {
  const attestations: UserAttestation[] = [];
  for (const { userId, path } of listAttestations(organisation.folder)) {
    const attestation = await verified(organisation, readSigned(terminal, path));
    if (attestation?.userId !== userId) throw new Stop("folder", terminal.texts.damaged(path));
    attestations.push(attestation);
  }
  return attestations;
}

/** The newest attestation of everybody, by name; each verified. */
export async function usersOf(terminal: Terminal, organisation: Organisation): Promise<KnownUser[]> {
  const newest = new Map<UserId, KnownUser>();
  for (const { userId, path, sent } of listAttestations(organisation.folder)) {
    const attestation = await verified(organisation, readSigned(terminal, path));
    if (attestation?.userId !== userId) throw new Stop("folder", terminal.texts.damaged(path));
    newest.set(userId, { attestation, sent });
  }
  return [...newest.values()].sort((a, b) =>
    a.attestation.displayName.localeCompare(b.attestation.displayName, "de"),
  );
}

/** @param text a user id, a name or the beginning of one. @throws Stop unless exactly one fits. */
export async function findUser(
  terminal: Terminal,
  organisation: Organisation,
  text: string,
): Promise<KnownUser> {
  const { texts } = terminal;
  const wanted = text.trim().toLowerCase();
  const users = await usersOf(terminal, organisation);
  const named = (fits: (name: string) => boolean) =>
    users.filter(({ attestation }) => fits(attestation.displayName.toLowerCase()));
  const exact = users.filter(({ attestation }) => attestation.userId === wanted);
  const candidates = [exact, named((name) => name === wanted), named((name) => name.includes(wanted))];
  const [found, ...more] = candidates.find((list) => list.length > 0) ?? [];
  if (!found || wanted === "") throw new Stop("usage", texts.userUnknown(text));
  const ids = [found, ...more].map(({ attestation }) => attestation.userId);
  if (more.length > 0) throw new Stop("usage", texts.userAmbiguous(text, ids.join(", ")));
  return found;
}

async function verified({ manifest }: Organisation, signed: Signed): Promise<UserAttestation | undefined> {
  const signedBy = signed.signatures[0]?.key;
  const desk = manifest.deskKeys.find(({ key }) => signedBy && equalBytes(key, signedBy));
  const opened = await openSigned("UserAttestation", UserAttestation, signed, desk ? [desk.key] : []);
  return opened.ok ? opened.value : undefined;
}
