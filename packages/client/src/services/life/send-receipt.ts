/** The last word of a wiped device: that it is done. */
import { retryHelps } from "@nimes/protocol/errors";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Outside, ReceiptDue, Remains } from "../../capsule/outside.ts";
import { backoffMs } from "../../core/backoff.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Ports } from "../../ports/ports.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import { createDeviceSession } from "../connection/session.ts";

/** What is left of a device that an order has wiped. */
export function wipedBy({ device }: Outside, wiped: { reason: string; receipt: Signed }): Remains {
  const { deviceId, deviceKeys } = device;
  return {
    format: 1,
    why: "wipe",
    reason: wiped.reason,
    due: { deviceId, deviceKeys, receipt: wiped.receipt },
  };
}

/**
 * Tries until the server has taken it, or the program ends; until then the desk sees "not yet confirmed".
 * @returns whether it is done with.
 */
export async function sendReceipt(
  { deviceId, deviceKeys, receipt }: ReceiptDue,
  needs: { ports: Ports; calls: ServerCalls; isOver(): boolean },
): Promise<boolean> {
  const { ports, calls, isOver } = needs;
  const session = createDeviceSession({ calls, clock: ports.clock, deviceKeys, deviceId });
  for (let attempt = 0; !isOver(); attempt += 1) {
    const sent = await session.call(routes.postOrderReceipt, { body: { deviceId, receipt } });
    if (sent.ok || !retryHelps(sent.code)) return true;
    await waitFor(ports.clock, backoffMs(attempt, ports.random));
  }
  return false;
}
