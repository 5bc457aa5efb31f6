/** `nimes device show`, `lock`, `unlock`, `wipe`: orders to the devices of one person, signed by the revocation key. */
import { routes } from "@nimes/protocol/routes/routes";
import type { Order, OrderKind } from "@nimes/protocol/signed/orders";
import { orderSignedType } from "@nimes/protocol/signed/orders";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import { keepOrder, lastKeptOrder } from "../folder/kept-signed.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import type { OrganisationServer } from "../server/organisation-server.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn, momentIn } from "../texts/texts.ts";
import { parseLine } from "./arguments.ts";
import type { CheckedDevice, CheckedOrder } from "./device-report.ts";
import { checkDevice } from "./device-report.ts";
import { openForOrder } from "./open-for-order.ts";
import type { Person } from "./person-for-order.ts";
import { personAtServer, personHere } from "./person-for-order.ts";
import { requireRightClock } from "./right-clock.ts";
import { announceSigner } from "./rule-signer.ts";
import { requireServer, taken } from "./upload.ts";

const maxReasonLength = 200;

type Desk = { terminal: Terminal; organisation: Organisation; server: OrganisationServer; signer: Signer };

export async function showDevices(
  terminal: Terminal,
  given: { folder: string; user: string },
): Promise<void> {
  const organisation = await openForOrder(terminal, given.folder);
  const address = requireServer(terminal, organisation);
  const words = terminal.texts.rules.device;
  const here = await personHere(terminal, organisation, given.user);
  const announced = announceSigner(terminal, organisation, "revocation");
  terminal.note(here ? words.signsQuery(here.name) : words.signsNameQuery(given.user));
  const signer = await announced.open();
  const by = { text: given.user, signer, address, whole: false };
  const person = here ?? (await personAtServer(terminal, organisation, by));
  const desk = openDesk(terminal, organisation, { address, signer });
  printDevices(terminal, person, await devicesOf(desk, person));
}

export async function orderDevices(
  terminal: Terminal,
  kind: OrderKind,
  given: { folder: string; user: string; reason?: string },
): Promise<void> {
  const words = terminal.texts.rules.device;
  const organisation = await openForOrder(terminal, given.folder);
  const address = requireServer(terminal, organisation);
  const here = await personHere(terminal, organisation, given.user);
  const reason = parseLine(terminal.texts, given.reason ?? "") || words.noReason;
  if (reason.length > maxReasonLength) throw new Stop("usage", words.reasonTooLong(maxReasonLength));
  await requireRightClock(terminal, organisation);
  const announced = announceSigner(terminal, organisation, "revocation");
  terminal.note(here ? words.signsQuery(here.name) : words.signsNameQuery(given.user));
  terminal.note(words.signsOrder[kind]);
  terminal.note(words.signsReason(reason));
  const signer = await announced.open();
  const by = { text: given.user, signer, address, whole: kind === "wipe" };
  const person = here ?? (await personAtServer(terminal, organisation, by));
  const desk = openDesk(terminal, organisation, { address, signer });
  const reachable = (await devicesOf(desk, person)).filter(
    ({ ended, attested }) => !ended && attested !== false,
  );
  if (reachable.length === 0) throw new Stop("refused", words.none(person.name));
  for (const device of reachable) await sendOrder(desk, device, { kind, reason });
  for (const device of reachable) terminal.note(words.sent[kind](describe(terminal, device)));
  terminal.note(words.askLater(given.user));
}

async function sendOrder(
  { terminal, organisation, server, signer }: Desk,
  { deviceId, orders }: CheckedDevice,
  { kind, reason }: { kind: OrderKind; reason: string },
): Promise<void> {
  const order: Order = {
    orgId: organisation.manifest.orgId,
    kind,
    deviceId,
    // Behind one that the server has lost, too: the phone may have carried it out.
    sequence: Math.max(orders.at(-1)?.sequence ?? 0, lastKeptOrder(organisation.folder, deviceId)) + 1,
    reason,
    time: terminal.now(),
  };
  const signed = await signStructure(orderSignedType[kind], order, [signer]);
  taken(terminal, await server.call(routes.postOrder, { kind, order: signed }));
  keepOrder(terminal, organisation.folder, { order, signed });
}

const openDesk = (
  terminal: Terminal,
  organisation: Organisation,
  { address, signer }: { address: string; signer: Signer },
): Desk => ({ terminal, organisation, server: organisationServer(terminal, address), signer });

/** Those that verify, newest last. */
async function devicesOf(desk: Desk, { userId, known }: Person): Promise<CheckedDevice[]> {
  const { terminal, organisation, server, signer } = desk;
  const { orgId } = organisation.manifest;
  const query = await signStructure("DeviceQuery", { orgId, userId, nonce: await server.nonce() }, [signer]);
  const { devices } = taken(terminal, await server.call(routes.postDeviceQuery, query));
  const officer = { userId, known, manifest: organisation.manifest };
  const checked = await Promise.all(devices.map((device) => checkDevice(device, officer)));
  const sound = checked.filter((device) => device !== undefined);
  if (sound.length < checked.length) terminal.note(terminal.texts.rules.device.unsound);
  return sound.sort((a, b) => a.since - b.since);
}

function printDevices(terminal: Terminal, { name }: Person, devices: readonly CheckedDevice[]): void {
  const words = terminal.texts.rules.device;
  if (devices.length === 0) terminal.print(words.none(name));
  for (const device of devices) {
    const { destroyed, ended, acceptedAgreement, attested } = device;
    const state = destroyed ? words.destroyed : ended ? words.ended : words.inUse;
    terminal.print([name, describe(terminal, device), state, words.accepted(acceptedAgreement)].join(" · "));
    if (attested === false) terminal.print(`  ${words.notAttested}`);
    if (attested === undefined) terminal.note(words.notKnownHere);
    for (const order of device.orders) terminal.print(`  ${orderLine(terminal, order)}`);
  }
}

function orderLine({ texts, language }: Terminal, order: CheckedOrder): string {
  const { device } = texts.rules;
  const said = device.order[order.kind](momentIn(language, order.time), order.reason);
  const { confirmedAt } = order;
  const answer =
    confirmedAt === undefined ? device.notConfirmed : device.confirmed(momentIn(language, confirmedAt));
  return `${order.sequence}. ${said}: ${answer}`;
}

const describe = ({ texts, language }: Terminal, { deviceClass, since, deviceId }: CheckedDevice): string =>
  texts.rules.device.describe(deviceClass, dateIn(language, since), deviceId.slice(0, 8));
