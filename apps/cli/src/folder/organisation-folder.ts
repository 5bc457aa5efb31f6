/**
 * The organisation folder on its holder's computer. Everything in it is signed or encrypted:
 * ```
 * organisation.json                    what everything is verified from: root hash; and the server's address
 * manifests/0001.cbor …                every version, as signed
 * attestations/<user id>.<n>.cbor      as signed; in attestations/unsent/ until the server has it
 * keys/<name>.age, keys/<name>.pub     private half encrypted, public half in hexadecimal
 * ```
 * What else was signed here stands in `kept-signed.ts`.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import { Signed } from "@nimes/protocol/schema";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { verifyManifests } from "../sign/verify-manifests.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { moveTo, replaceFile, writeNewFile } from "./write-file.ts";

export type Organisation = {
  folder: string;
  /** Hash of the root key, 32 bytes. */
  rootHash: Uint8Array;
  /** Origin of the server; undefined until it is known. */
  server: string | undefined;
  /** All versions, verified. */
  manifests: Signed[];
  /** The newest version. */
  manifest: OrgManifest;
};

const settingsFile = (folder: string) => join(folder, "organisation.json");
const manifestFile = (folder: string, version: number) =>
  join(folder, "manifests", `${String(version).padStart(4, "0")}.cbor`);

/** @throws Stop when there is an organisation already. One whose settings cannot be read any more is set up again. */
export function requireNoOrganisation(terminal: Terminal, folder: string): void {
  if (existsSync(settingsFile(folder)) && readSettings(terminal, folder) !== "damaged")
    throw new Stop("folder", terminal.texts.organisationExists(folder));
}

/** Writes root hash and server's address; the folder is an organisation from then on. */
export function saveSettings(
  terminal: Terminal,
  { folder, rootHash, server }: Pick<Organisation, "folder" | "rootHash" | "server">,
): void {
  const settings = { rootHash: toHex(rootHash), ...(server === undefined ? {} : { server }) };
  replaceFile(terminal, settingsFile(folder), `${JSON.stringify(settings, null, 2)}\n`);
}

export const saveManifest = (
  terminal: Terminal,
  folder: string,
  at: { version: number; signed: Signed },
): void => writeNewFile(terminal, manifestFile(folder, at.version), encodeCbor(at.signed));

/** Puts a version in the place of one that is damaged. */
export const repairManifest = (
  terminal: Terminal,
  folder: string,
  at: { version: number; signed: Signed },
): void => replaceFile(terminal, manifestFile(folder, at.version), encodeCbor(at.signed));

/** Reads and verifies the folder. @throws Stop when it is missing or damaged. */
export async function openOrganisation(terminal: Terminal, folder: string): Promise<Organisation> {
  const { rootHash, server } = openSettings(terminal, folder);
  const manifests: Signed[] = [];
  while (existsSync(manifestFile(folder, manifests.length + 1)))
    manifests.push(readSigned(terminal, manifestFile(folder, manifests.length + 1)));
  const verified = await verifyManifests(rootHash, manifests);
  if (!verified.ok) throw new Stop("folder", terminal.texts.damaged(join(folder, "manifests")));
  return { folder, rootHash, server, manifests, manifest: verified.value };
}

/** Root hash and address, and the versions as they lie there. @throws Stop when there is no organisation. */
export function readFolder(
  terminal: Terminal,
  folder: string,
): Pick<Organisation, "rootHash" | "server"> & { manifests: (Signed | undefined)[] } {
  return { ...openSettings(terminal, folder), manifests: manifestsIn(folder) };
}

/** Undefined for one that cannot be read. */
export function manifestsIn(folder: string): (Signed | undefined)[] {
  const manifests: (Signed | undefined)[] = [];
  while (existsSync(manifestFile(folder, manifests.length + 1)))
    manifests.push(signedIn(manifestFile(folder, manifests.length + 1)));
  return manifests;
}

/** An attestation on this computer. */
export type StoredAttestation = { userId: UserId; number: number; sent: boolean; path: string };

/** Attestations in the order in which they were made for each user. */
export function listAttestations(folder: string): StoredAttestation[] {
  const within = (place: string, sent: boolean) =>
    namesIn(place).flatMap((file) => {
      const [, userId, number] = /^([0-9a-f-]{36})\.([0-9]+)\.cbor$/.exec(file) ?? [];
      return userId && number
        ? [{ userId: userId as UserId, number: Number(number), sent, path: join(place, file) }]
        : [];
    });
  const all = [...within(sentFolder(folder), true), ...within(unsentFolder(folder), false)];
  return all.sort((a, b) => a.userId.localeCompare(b.userId) || a.number - b.number);
}

/** Keeps an attestation until the server has it. */
export function saveUnsent(terminal: Terminal, folder: string, made: { userId: UserId; signed: Signed }) {
  const { userId, signed } = made;
  const earlier = listAttestations(folder).filter((stored) => stored.userId === userId);
  const number = (earlier.at(-1)?.number ?? 0) + 1;
  const path = join(unsentFolder(folder), `${userId}.${number}.cbor`);
  writeNewFile(terminal, path, encodeCbor(signed));
  return { userId, number, sent: false, path };
}

/** @throws Stop when it cannot be written. Sending the same once more changes nothing at the server. */
export const markSent = (terminal: Terminal, folder: string, stored: StoredAttestation): void =>
  moveTo(terminal, stored.path, join(sentFolder(folder), `${stored.userId}.${stored.number}.cbor`));

/** Forgets an attestation that the server refused. Doing it again changes nothing. */
export const dropUnsent = ({ path }: StoredAttestation): void => rmSync(path, { force: true });

/** @throws Stop when the file is not what was once written. */
export function readSigned({ texts }: Terminal, path: string): Signed {
  const signed = signedIn(path);
  if (!signed) throw new Stop("folder", texts.damaged(path));
  return signed;
}

/** @returns undefined when the file is not what was once written. */
export function signedIn(path: string): Signed | undefined {
  const bytes = contentOf(path);
  const decoded = bytes && decodeCbor(Signed, new Uint8Array(bytes));
  return decoded?.ok ? decoded.value : undefined;
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

const sentFolder = (folder: string) => join(folder, "attestations");
const unsentFolder = (folder: string) => join(folder, "attestations", "unsent");

type Settings = Pick<Organisation, "rootHash" | "server">;

function openSettings(terminal: Terminal, folder: string): Settings {
  const settings = readSettings(terminal, folder);
  if (settings !== "damaged") return settings;
  throw new Stop("folder", terminal.texts.settingsDamaged(settingsFile(folder)));
}

/** @throws Stop when there are none. */
function readSettings({ texts }: Terminal, folder: string): Settings | "damaged" {
  const text = contentOf(settingsFile(folder))?.toString("utf8");
  if (text === undefined) throw new Stop("folder", texts.noOrganisation(folder));
  try {
    const settings: unknown = JSON.parse(text);
    const { rootHash, server } = settings as { rootHash?: unknown; server?: unknown };
    if (typeof rootHash === "string" && /^[0-9a-f]{64}$/.test(rootHash))
      return { rootHash: fromHex(rootHash), server: typeof server === "string" ? server : undefined };
  } catch {
    // A file that is no JSON is damaged like one with other fields.
  }
  return "damaged";
}
