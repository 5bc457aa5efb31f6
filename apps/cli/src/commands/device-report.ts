/**
 * What the server says of an officer's devices, checked: that a device belongs to the officer, that its orders are ours,
 * and that a receipt is the device's own. Only what verifies is called confirmed.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { deviceIdOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { DeviceReport } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { orderHash } from "@nimes/protocol/signed/hashes";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { Order, OrderReceipt, orderSignedType } from "@nimes/protocol/signed/orders";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";

export type CheckedOrder = {
  kind: OrderKind;
  sequence: number;
  reason: string;
  time: number;
  /** Milliseconds by the device's clock; undefined while no receipt of this device verifies. */
  confirmedAt?: number;
};
export type CheckedDevice = {
  deviceId: DeviceId;
  deviceClass: DeviceClass;
  since: number;
  ended: boolean;
  destroyed: boolean;
  acceptedAgreement: number;
  /** Whether a letter that this computer attested made this device; undefined where none is known here. */
  attested: boolean | undefined;
  orders: CheckedOrder[];
};

/** @param known attestations of this officer on this computer. @returns undefined when the device is not the officer's. */
export async function checkDevice(
  reported: DeviceReport,
  officer: { userId: UserId; manifest: OrgManifest; known: readonly UserAttestation[] },
): Promise<CheckedDevice | undefined> {
  const claimed = peekSigned(DeviceLink, reported.genesis);
  if (!claimed.ok) return undefined;
  const opened = await openSigned("DeviceLink", DeviceLink, reported.genesis, [claimed.value.deviceKey]);
  if (!opened.ok) return undefined;
  const link = opened.value;
  const isTheirs =
    link.userId === officer.userId &&
    link.deviceId === reported.deviceId &&
    link.deviceId === deviceIdOf(link.deviceKey);
  if (!isTheirs) return undefined;
  const orders: CheckedOrder[] = [];
  for (const { kind, order } of reported.orders) {
    const checked = await checkOrder(order, {
      kind,
      link,
      manifest: officer.manifest,
      receipts: reported.receipts,
    });
    if (checked) orders.push(checked);
  }
  const { ended, destroyed, acceptedAgreement } = reported;
  return {
    deviceId: link.deviceId,
    deviceClass: link.deviceClass,
    since: link.time,
    ended,
    destroyed,
    acceptedAgreement,
    attested: officer.known.length === 0 ? undefined : await isAttested(reported.genesis, officer.known),
    orders: orders.sort((a, b) => a.sequence - b.sequence),
  };
}

/** Whether a letter of these attestations made the device, within its time: what it says of itself may be anything. */
async function isAttested(genesis: Signed, known: readonly UserAttestation[]): Promise<boolean> {
  for (const attestation of known) {
    const { activationKey, unitId, generation, activateUntil } = attestation;
    const opened = await openSigned("DeviceLink", DeviceLink, genesis, [activationKey]);
    if (!opened.ok) continue;
    const { time, ...link } = opened.value;
    const isInTime =
      time <= activateUntil && time >= activateUntil - limits.activationLifetimeMs - limits.clockToleranceMs;
    if (isInTime && link.unitId === unitId && link.generation === generation) return true;
  }
  return false;
}

async function checkOrder(
  signed: Signed,
  place: { kind: OrderKind; link: DeviceLink; manifest: OrgManifest; receipts: readonly Signed[] },
): Promise<CheckedOrder | undefined> {
  const { kind, link, manifest, receipts } = place;
  const key = manifest.revocationKeys.find((one) => signed.signatures.some((by) => equalBytes(by.key, one)));
  const opened = await openSigned(orderSignedType[kind], Order, signed, key ? [key] : []);
  if (!opened.ok || opened.value.deviceId !== link.deviceId || opened.value.kind !== kind) return undefined;
  const { sequence, reason, time } = opened.value;
  const hash = orderHash(signed.payload);
  for (const receipt of receipts) {
    const said = await openSigned("OrderReceipt", OrderReceipt, receipt, [link.deviceKey]);
    const confirms =
      said.ok &&
      said.value.deviceId === link.deviceId &&
      said.value.sequence === sequence &&
      said.value.kind === kind &&
      equalBytes(said.value.order, hash);
    if (confirms) return { kind, sequence, reason, time, confirmedAt: said.value.time };
  }
  return { kind, sequence, reason, time };
}
