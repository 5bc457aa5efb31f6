/** `nimes show`: the organisation as this computer knows it. */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { nameOfDesk } from "../folder/desk-names.ts";
import { listAttestations, openOrganisation } from "../folder/organisation-folder.ts";
import { keyNames, readPublicKey } from "../keys/key-file.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { shortKey } from "./arguments.ts";
import { soonMs } from "./desk-for-unit.ts";
import { usersOf } from "./find-user.ts";

export async function show(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.show;
  const organisation = await openOrganisation(terminal, folder);
  const { manifest, rootHash, server } = organisation;
  const date = (time: number) => words.until(dateIn(language, time));
  const row = (label: string, value: string) => terminal.print(`${label}: ${value}`);
  row(words.organisation, manifest.name);
  row(words.rootHash, toHex(rootHash));
  row(words.version, `${manifest.version}, ${date(manifest.validUntil)}`);
  row(words.server, server ?? words.noServer);
  for (const { id, name } of manifest.units) row(words.unit, `${name} (${id})`);
  const here = keyNames(folder);
  const keys = here.map((name) => ({ name, key: readPublicKey({ folder, name }) }));
  const nameOf = (wanted: Uint8Array): string =>
    keys.find(({ key }) => key && equalBytes(key, wanted))?.name ?? words.elsewhere;
  for (const { key, units, validUntil } of manifest.deskKeys) {
    const noted = here.some((name) => name === nameOf(key)) ? undefined : nameOfDesk(folder, key);
    const called = [noted, nameOf(key)].filter((name) => name !== undefined).join(", ");
    const end = validUntil > terminal.now() ? date(validUntil) : words.ended(dateIn(language, validUntil));
    const soon = validUntil > terminal.now() && validUntil <= terminal.now() + soonMs ? words.soon : "";
    row(words.desk, `${shortKey(key)} (${called}) → ${units.join(", ") || "–"}, ${end}${soon}`);
  }
  for (const key of manifest.policyKeys) row(words.policyKey, `${toHex(key)} (${nameOf(key)})`);
  for (const key of manifest.revocationKeys) row(words.revocationKey, `${toHex(key)} (${nameOf(key)})`);
  row(words.keysHere, here.join(", ") || "–");
  row(words.users, String((await usersOf(terminal, organisation)).length));
  const unsent = listAttestations(folder).filter(({ sent }) => !sent).length;
  if (unsent > 0) row(words.unsent, String(unsent));
}
