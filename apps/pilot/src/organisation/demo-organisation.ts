/** The demo organisation: made once as `nimes` makes one, with a random passphrase that lies beside it. */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publishAgreement } from "@nimes/cli/commands/agreement";
import { usersOf } from "@nimes/cli/commands/find-user";
import { firstDesk, makeOrganisation } from "@nimes/cli/commands/init";
import { sendAttestation, uploadTo } from "@nimes/cli/commands/upload";
import { type Organisation, openOrganisation, saveUnsent } from "@nimes/cli/folder/organisation-folder";
import { replaceFile } from "@nimes/cli/folder/write-file";
import { openKeyFile } from "@nimes/cli/keys/key-file";
import { organisationServer } from "@nimes/cli/server/organisation-server";
import type { SignedLetter } from "@nimes/cli/sign/attestation";
import { signLetter } from "@nimes/cli/sign/attestation";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { activationSigner } from "@nimes/protocol/activation-link";
import { equalBytes, toBase64Url } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import { newUserId, parseUnitId } from "@nimes/protocol/ids";
import type { ActivationLetter } from "@nimes/protocol/letter-code";
import { routes } from "@nimes/protocol/routes/routes";
import type { DataPaths } from "../data-folder.ts";
import type { DemoPerson } from "./demo-people.ts";
import { demoUnits } from "./demo-people.ts";

/** The text that an organisation may begin with; its English version lies beside it. */
const agreementFile = join(import.meta.dirname, "../../../../docs/agreement/agreement.de.md");
const organisationName = "Polizei Niedersachsen (Pilot)";

export type DemoOrganisation = {
  organisation: Organisation;
  /** Sends what the server lacks: the organisation, and once the usage agreement. */
  upload(address: string): Promise<void>;
  /** Attests a person and makes a letter. @param userId of somebody whose letter before it has ended. */
  enrol(address: string, person: DemoPerson, userId?: UserId): Promise<Enrolled>;
  /** Whether `nimes` has written this person a newer letter than the pilot's. @param secret of the pilot's. */
  hasNewerLetter(userId: UserId, secret: Uint8Array): Promise<boolean>;
};
export type Enrolled = { userId: UserId; letter: ActivationLetter; activateUntil: number };

/** Makes the organisation at the first start. */
export async function foundDemoOrganisation(terminal: Terminal, data: DataPaths): Promise<void> {
  if (!existsSync(join(data.organisation, "organisation.json"))) await found(terminal, data);
}

/** Opens the organisation that there is. */
export async function openDemoOrganisation(terminal: Terminal, data: DataPaths): Promise<DemoOrganisation> {
  const organisation = await openOrganisation(terminal, data.organisation);
  const passphrase = readFileSync(data.passphraseFile, "utf8").trim();
  const place = { folder: data.organisation, name: `desk-${firstDesk}` };
  const desk = await openKeyFile(terminal, place, passphrase);
  return {
    organisation,
    async upload(address) {
      await uploadTo(terminal, organisation, address);
      const published = await organisationServer(terminal, address).call(routes.getAgreement);
      if (!published.ok || published.value.agreement) return;
      const signing = { ...terminal, env: { ...terminal.env, NIMES_PASSPHRASE: passphrase } };
      await publishAgreement(signing, { folder: data.organisation, file: agreementFile });
    },
    async enrol(address, person, userId = newUserId()) {
      const unitId = parseUnitId(person.unitId);
      if (!unitId) throw new Error(`not a unit id: ${person.unitId}`);
      const letter: SignedLetter = await signLetter(
        desk,
        {
          orgId: organisation.manifest.orgId,
          userId,
          displayName: person.name,
          unitId,
          function: person.function,
          generation: 1,
          deviceClass: "service",
        },
        terminal.now(),
      );
      const folder = data.organisation;
      const stored = saveUnsent(terminal, folder, { userId, signed: letter.signed });
      await sendAttestation(terminal, organisationServer(terminal, address), { folder, stored });
      return {
        userId,
        letter: { orgId: organisation.manifest.orgId, secret: letter.secret },
        activateUntil: letter.attestation.activateUntil,
      };
    },
    async hasNewerLetter(userId, secret) {
      const users = await usersOf(terminal, organisation);
      const newest = users.find(({ attestation }) => attestation.userId === userId)?.attestation;
      const { publicKey } = await activationSigner(secret);
      return newest !== undefined && !equalBytes(newest.activationKey, publicKey);
    },
  };
}

/** Made beside its place and moved there when it is whole: an interrupted first start leaves nothing half. */
async function found(terminal: Terminal, data: DataPaths): Promise<void> {
  const passphrase = toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
  const folder = `${data.organisation}.new`;
  rmSync(folder, { recursive: true, force: true });
  rmSync(data.organisation, { recursive: true, force: true });
  const units = demoUnits.map(({ id, name }) => {
    const unitId = parseUnitId(id);
    if (!unitId) throw new Error(`not a unit id: ${id}`);
    return { id: unitId, name };
  });
  await makeOrganisation(terminal, { folder, name: organisationName, units, passphrase });
  replaceFile(terminal, data.passphraseFile, `${passphrase}\n`);
  renameSync(folder, data.organisation);
}
