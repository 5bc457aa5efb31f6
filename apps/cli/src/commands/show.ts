/** `nimes show`: the organisation as this computer knows it. */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { listAttestations, openOrganisation } from "../folder/organisation-folder.ts";
import { readPublicKey } from "../keys/key-file.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { shortKey } from "./arguments.ts";
import { keyNames } from "./desk-for-unit.ts";
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
  for (const desk of manifest.deskKeys) {
    const name = keys.find(({ key }) => key && equalBytes(key, desk.key))?.name ?? words.elsewhere;
    row(
      words.desk,
      `${shortKey(desk.key)} (${name}) → ${desk.units.join(", ") || "–"}, ${date(desk.validUntil)}`,
    );
  }
  row(words.keysHere, here.join(", ") || "–");
  row(words.users, String((await usersOf(terminal, organisation)).length));
  const unsent = listAttestations(folder).filter(({ sent }) => !sent).length;
  if (unsent > 0) row(words.unsent, String(unsent));
}
