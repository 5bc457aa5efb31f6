/** Destroys the second step of a device, and with it the capsule: no PIN and no backup brings it back. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { DestroyedLog } from "./destroyed-log.ts";

export type Destroy = (deviceId: DeviceId) => Promise<void>;

export type DestroyedStores = Pick<Stores, "pins" | "keyPackages" | "roomLog">;

export const createDestroy =
  (options: { stores: DestroyedStores; log: DestroyedLog; hints: HintBus }): Destroy =>
  async (deviceId) => {
    // The list first: what stands there stays dead even if the server dies right here.
    options.log.recordDestroyed(deviceId);
    await destroyIn(options.stores, deviceId);
    options.hints.publish({ of: "content-closed", deviceId, code: "capsule-destroyed" });
  };

/** The record and what would only wait for a device that never opens again. */
export async function destroyIn(stores: DestroyedStores, deviceId: DeviceId): Promise<void> {
  await stores.keyPackages.drop(deviceId);
  await stores.roomLog.clearInbox(deviceId);
  await stores.pins.destroy(deviceId);
}
