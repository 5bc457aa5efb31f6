/** `nimes user transfer`, `nimes user take-over`: an officer leaves one station's desk for another's. */
import type { UserId } from "@nimes/protocol/ids";
import { parseUserId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { DeviceClass } from "@nimes/protocol/schema";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { UserTransfer } from "@nimes/protocol/signed/user-transfer";
import { keepTransfer } from "../folder/kept-signed.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { openKeyFile } from "../keys/key-file.ts";
import { organisationServer } from "../server/organisation-server.ts";
import type { Officer } from "../sign/attestation.ts";
import { inPlainWords } from "../sign/attestation.ts";
import { Stop } from "../stop.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseDuty, parseName, parseUnit } from "./arguments.ts";
import { deskForUnit } from "./desk-for-unit.ts";
import { findUser, usersOf } from "./find-user.ts";
import { requireRightClock } from "./right-clock.ts";
import { requireServer, taken } from "./upload.ts";
import type { LetterOptions } from "./user.ts";
import { enrol } from "./user.ts";

/** By a desk of the station that is left, or by the root. */
export async function transferUser(
  terminal: Terminal,
  given: { folder: string; user: string; to: string; desk?: string; root: boolean },
): Promise<void> {
  const { texts } = terminal;
  const { folder } = given;
  const organisation = await openOrganisation(terminal, folder);
  const address = requireServer(terminal, organisation);
  const { attestation } = await findUser(terminal, organisation, given.user);
  const to = unitOf(terminal, organisation, given.to);
  const { userId, displayName, generation, unitId: from } = attestation;
  if (to.id === from) throw new Stop("usage", texts.desks.sameUnit);
  const key = given.root ? "root" : deskForUnit(terminal, organisation, { unitId: from, name: given.desk });
  const fromName = organisation.manifest.units.find(({ id }) => id === from)?.name ?? from;
  await requireRightClock(terminal, organisation);
  terminal.note(texts.signs(key));
  terminal.note(texts.desks.signsTransfer(displayName, fromName, to.name));
  const signer = await openKeyFile(terminal, { folder, name: key }, await passphraseFor(terminal, key));
  const { orgId } = organisation.manifest;
  const transfer: UserTransfer = { orgId, userId, generation, from, to: to.id, time: terminal.now() };
  const signed = await signStructure("UserTransfer", transfer, [signer]);
  taken(terminal, await organisationServer(terminal, address).call(routes.postTransfer, signed));
  keepTransfer(terminal, folder, { transfer, signed });
  terminal.note(texts.desks.transferred(displayName));
  terminal.print(
    `nimes user take-over ${userId} --unit ${to.id} --after ${generation} --name "${displayName}"`,
  );
}

/** The letter for the new device, by a desk of the station that takes over. */
export async function takeOverUser(
  terminal: Terminal,
  given: LetterOptions & {
    user: string;
    unit: string;
    name?: string;
    after?: string;
    function?: string;
    deviceClass?: DeviceClass;
  },
): Promise<void> {
  const organisation = await openOrganisation(terminal, given.folder);
  const unit = unitOf(terminal, organisation, given.unit);
  const before = await knownOrNamed(terminal, organisation, given);
  const officer: Officer = {
    orgId: organisation.manifest.orgId,
    userId: before.userId,
    displayName: before.displayName,
    unitId: unit.id,
    function: parseDuty(terminal.texts, given.function ?? before.function),
    generation: before.generation + 1,
    deviceClass: given.deviceClass ?? "service",
  };
  terminal.note(terminal.texts.desks.signsTakeOver);
  await enrol(terminal, organisation, { officer, options: given, replaces: "devices" });
}

type Before = { userId: UserId; displayName: string; function: string; generation: number };

async function knownOrNamed(
  terminal: Terminal,
  organisation: Organisation,
  given: { user: string; name?: string; after?: string },
): Promise<Before> {
  const { texts } = terminal;
  const userId = parseUserId(given.user.trim().toLowerCase());
  const isKnown = (await usersOf(terminal, organisation)).some(
    ({ attestation }) => attestation.userId === userId,
  );
  if (isKnown || !userId) {
    if (given.name !== undefined && !isKnown) throw new Stop("usage", texts.desks.needsNameAndGeneration);
    return inPlainWords((await findUser(terminal, organisation, given.user)).attestation);
  }
  if (given.name === undefined || given.after === undefined)
    throw new Stop("usage", texts.desks.needsNameAndGeneration);
  if (!/^[1-9][0-9]{0,8}$/.test(given.after))
    throw new Stop("usage", texts.desks.notAGeneration(given.after));
  const displayName = parseName(texts, given.name);
  return { userId, displayName, function: "", generation: Number(given.after) };
}

function unitOf({ texts }: Terminal, { manifest }: Organisation, text: string) {
  const id = parseUnit(texts, text);
  const unit = manifest.units.find((one) => one.id === id);
  if (!unit) throw new Stop("usage", texts.unitUnknown(id));
  return unit;
}
