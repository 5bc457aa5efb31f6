/**
 * Desks as people call them. A desk whose key lies here is called after its file; of one on another computer the root notes the
 * name under which it was signed in (`desks/<name>.pub`). Names stay on this computer: the organisation knows keys alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { equalBytes, fromHex, toHex } from "@nimes/protocol/bytes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { keyNames, readPublicKey } from "../keys/key-file.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Organisation } from "./organisation-folder.ts";
import { replaceFile } from "./write-file.ts";

const placeOf = (folder: string) => join(folder, "desks");
const fileOf = (folder: string, name: string) => join(placeOf(folder), `${name}.pub`);

/** The key that a name stands for here. @param name with or without the `desk-` of key files. */
export function deskKeyCalled(folder: string, name: string): Uint8Array | undefined {
  const bare = name.replace(/^desk-/, "");
  return readPublicKey({ folder, name: `desk-${bare}` }) ?? readNoted(folder, bare);
}

/** What people call a desk's key here; undefined where it has no name. */
export function nameOfDesk(folder: string, key: Uint8Array): string | undefined {
  const names = [
    ...keyNames(folder).flatMap((name) => /^desk-(.+)$/.exec(name)?.[1] ?? []),
    ...notedNames(folder),
  ];
  return names.find((name) => {
    const named = deskKeyCalled(folder, name);
    return named && equalBytes(named, key);
  });
}

/** Notes what a desk on another computer is called. @throws Stop when it cannot be written. */
export const noteDeskName = (
  terminal: Terminal,
  folder: string,
  desk: { name: string; key: Uint8Array },
): void => replaceFile(terminal, fileOf(folder, desk.name), `${toHex(desk.key)}\n`);

/**
 * A desk's key by what somebody typed: its name here, the key, or the beginning of one that the organisation has or had, as
 * `nimes show` prints it.
 * @returns undefined for what is nobody's; `ambiguous` for the beginning of several.
 */
export function findDeskKey(
  { folder, manifests }: Pick<Organisation, "folder" | "manifests">,
  text: string,
): Uint8Array | "ambiguous" | undefined {
  const typed = text.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(typed)) return fromHex(typed);
  const named = /^[a-z0-9-]+$/.test(typed) ? deskKeyCalled(folder, typed) : undefined;
  if (named) return named;
  const [, beginning] = /^([0-9a-f]{8,63})…?$/.exec(typed) ?? [];
  if (beginning === undefined) return undefined;
  const keys = manifests.flatMap((signed) => {
    const manifest = peekSigned(OrgManifest, signed);
    return manifest.ok ? manifest.value.deskKeys.map(({ key }) => toHex(key)) : [];
  });
  const [found, ...more] = [...new Set(keys)].filter((key) => key.startsWith(beginning));
  if (more.length > 0) return "ambiguous";
  return found === undefined ? undefined : fromHex(found);
}

function readNoted(folder: string, name: string): Uint8Array | undefined {
  try {
    const text = readFileSync(fileOf(folder, name), "utf8").trim();
    return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : undefined;
  } catch {
    return undefined;
  }
}

function notedNames(folder: string): string[] {
  try {
    return readdirSync(placeOf(folder)).flatMap((file) => /^([a-z0-9-]+)\.pub$/.exec(file)?.[1] ?? []);
  } catch {
    return [];
  }
}
