/** Destroys the second step of a device, and with it the capsule: no PIN and no backup brings it back. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { DestroyedLog } from "./destroyed-log.ts";

export type Destroy = (deviceId: DeviceId) => Promise<void>;

export const createDestroy =
  (options: { stores: Pick<Stores, "pins">; log: DestroyedLog; hints: HintBus }): Destroy =>
  async (deviceId) => {
    // The list first: what stands there stays dead even if the server dies right here.
    options.log.recordDestroyed(deviceId);
    await options.stores.pins.destroy(deviceId);
    options.hints.publish({ of: "content-closed", deviceId, code: "capsule-destroyed" });
  };
