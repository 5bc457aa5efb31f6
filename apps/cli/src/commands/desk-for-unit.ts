/** Which desk key on this computer may sign for a station. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { equalBytes } from "@nimes/protocol/bytes";
import type { UnitId } from "@nimes/protocol/ids";
import type { Organisation } from "../folder/organisation-folder.ts";
import { readPublicKey } from "../keys/key-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseDeskName } from "./arguments.ts";

/** Names of the keys on this computer. */
export function keyNames(folder: string): string[] {
  try {
    const files = readdirSync(join(folder, "keys")).filter((file) => file.endsWith(".pub"));
    return files.map((file) => file.slice(0, -".pub".length)).sort();
  } catch {
    return [];
  }
}

/** @returns the name of the key. @throws Stop when there is none that counts. */
export function deskForUnit(
  { texts, now }: Terminal,
  { folder, manifest }: Organisation,
  wanted: { unitId: UnitId; name: string | undefined },
): string {
  const unit = manifest.units.find(({ id }) => id === wanted.unitId);
  if (!unit) throw new Stop("usage", texts.unitUnknown(wanted.unitId));
  const names =
    wanted.name === undefined
      ? keyNames(folder).filter((name) => name.startsWith("desk-"))
      : [`desk-${parseDeskName(texts, wanted.name)}`];
  const counts = names.find((name) => {
    const key = readPublicKey({ folder, name });
    return manifest.deskKeys.some(
      (entry) =>
        key && equalBytes(entry.key, key) && entry.units.includes(unit.id) && entry.validUntil > now(),
    );
  });
  if (!counts) throw new Stop("refused", texts.noDesk(unit.name));
  return counts;
}
