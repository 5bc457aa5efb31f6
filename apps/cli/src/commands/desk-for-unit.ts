/** Which desk key on this computer may sign for a station. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UnitId } from "@nimes/protocol/ids";
import type { Organisation } from "../folder/organisation-folder.ts";
import { keyNames, readPublicKey } from "../keys/key-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { parseDeskName } from "./arguments.ts";

/** A desk's key is replaced on two computers: time enough to reach both people. */
export const soonMs = 60 * 24 * 60 * 60_000;

/** @returns the name of the key that counts longest; that it ends soon is said. @throws Stop when there is none that counts. */
export function deskForUnit(
  terminal: Terminal,
  { folder, manifest }: Organisation,
  wanted: { unitId: UnitId; name: string | undefined },
): string {
  const { texts, language } = terminal;
  const unit = manifest.units.find(({ id }) => id === wanted.unitId);
  if (!unit) throw new Stop("usage", texts.unitUnknown(wanted.unitId));
  const names =
    wanted.name === undefined
      ? keyNames(folder).filter((name) => name.startsWith("desk-"))
      : [`desk-${parseDeskName(texts, wanted.name)}`];
  const [longest] = names
    .flatMap((name) => {
      const key = readPublicKey({ folder, name });
      const entry = manifest.deskKeys.find((one) => key && equalBytes(one.key, key));
      return entry?.units.includes(unit.id) ? [{ name, validUntil: entry.validUntil }] : [];
    })
    .sort((a, b) => b.validUntil - a.validUntil);
  if (!longest) throw new Stop("refused", texts.noDesk(unit.name));
  const { name, validUntil } = longest;
  const until = dateIn(language, validUntil);
  if (validUntil <= terminal.now()) throw new Stop("refused", texts.desks.hasEnded(name, until));
  if (validUntil <= terminal.now() + soonMs) terminal.note(texts.desks.endsSoon(name, until));
  return name;
}
