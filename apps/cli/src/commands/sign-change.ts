/** A new version of the organisation's manifest: said in plain words, signed by the root, kept, sent. */
import type { Organisation } from "../folder/organisation-folder.ts";
import { saveManifest } from "../folder/organisation-folder.ts";
import { openKeyFile } from "../keys/key-file.ts";
import type { ManifestChanges } from "../sign/manifest.ts";
import { signNextManifest } from "../sign/manifest.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { requireRightClock } from "./right-clock.ts";
import { uploadTo } from "./upload.ts";

/** Says what will be signed, asks for the root's passphrase, signs, keeps, and sends where a server is known. */
export async function signChange(
  terminal: Terminal,
  organisation: Organisation,
  { says, changes }: { says: string[]; changes: ManifestChanges },
): Promise<void> {
  const { texts } = terminal;
  const { folder, manifests } = organisation;
  const newest = manifests.at(-1);
  if (!newest) throw new Error("an organisation has at least one version");
  await requireRightClock(terminal, organisation);
  terminal.note(texts.signs("root"));
  for (const line of says) terminal.note(line);
  terminal.note(texts.signsVersion(organisation.manifest.version + 1));
  const root = await openKeyFile(terminal, { folder, name: "root" }, await passphraseFor(terminal, "root"));
  const { manifest, signed } = await signNextManifest(root, {
    before: { manifest: organisation.manifest, signed: newest },
    changes,
    now: terminal.now(),
  });
  saveManifest(terminal, folder, { version: manifest.version, signed });
  const { server } = organisation;
  if (server)
    await uploadTo(terminal, { ...organisation, manifests: [...manifests, signed], manifest }, server);
}
