/** The last word of a wiped device: that it is done. Its key is gone from the disk and lives in this program alone. */
import { retryHelps } from "@nimes/protocol/errors";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { backoffMs } from "../core/backoff.ts";
import { waitFor } from "../ports/clock.ts";
import type { Ports } from "../ports/ports.ts";
import type { Home } from "./home.ts";

/** Tries until the server has taken it, or the program ends: then the desk sees "not yet confirmed". */
export async function sendReceipt(
  { outside, session }: Home,
  needs: { ports: Ports; receipt: Signed; isOver(): boolean },
): Promise<void> {
  const { ports, receipt, isOver } = needs;
  const { deviceId } = outside.device;
  for (let attempt = 0; !isOver(); attempt += 1) {
    const sent = await session.call(routes.postOrderReceipt, { body: { deviceId, receipt } });
    if (sent.ok || !retryHelps(sent.code)) return;
    await waitFor(ports.clock, backoffMs(attempt, ports.random));
  }
}
