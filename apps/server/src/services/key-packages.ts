/** Key packages: kept for devices, given out once, and remembered when one was asked for in vain. */
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { ClaimedDevice } from "@nimes/protocol/routes/routes";
import { createBuckets } from "../core/bucket.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { DeviceIdentity } from "./sign-in.ts";

export type KeyPackages = {
  add(device: DeviceIdentity, keyPackages: readonly Uint8Array[]): Promise<Result<number>>;
  claim(device: DeviceIdentity, userIds: readonly UserId[]): Promise<Result<ClaimedDevice[]>>;
  left(deviceId: DeviceId): Promise<number>;
  /** The device has ended: nobody adds it any more. */
  drop(deviceId: DeviceId): Promise<void>;
  /** Users that this device waited for and that can be added now. */
  available(deviceId: DeviceId): Promise<UserId[]>;
};

/** Users whose key packages one device may claim: enough for a large group, too few to use up everybody's. */
const claimLimit = { burst: 2_000, perSecond: 1 };

export function createKeyPackages(options: {
  stores: Pick<Stores, "directory" | "keyPackages">;
  hints: HintBus;
  now: () => number;
}): KeyPackages {
  const { stores, hints, now } = options;
  const { directory, keyPackages: store } = stores;
  const claims = createBuckets(claimLimit, now);

  return {
    async add({ deviceId, userId }, keyPackages) {
      // Twice the usual number leaves room for an upload whose answer was lost.
      const left = await store.add(deviceId, { keyPackages, max: 2 * limits.keyPackagesPerDevice });
      if (left === undefined) return refuse("too-many");
      for (const waiting of await store.waitingFor(userId))
        hints.publish({ of: "key-packages-available", to: waiting, userId });
      return ok(left);
    },
    async claim({ deviceId: asking }, userIds) {
      const users = new Set(userIds);
      if (!claims.take(asking, users.size)) return refuse("too-many");
      const claimed: ClaimedDevice[] = [];
      for (const userId of users) {
        // Nobody waits for whom the directory does not know.
        if (!(await directory.user(userId))) continue;
        const devices = (await directory.devicesOf(userId)).filter(({ deviceId }) => deviceId !== asking);
        let lacking = devices.length === 0;
        for (const { deviceId, clientId } of devices) {
          const keyPackage = (await store.take(deviceId)) ?? null;
          claimed.push({ clientId, keyPackage });
          lacking ||= keyPackage === null;
          const left = await store.count(deviceId);
          if (left < limits.keyPackageRefillBelow)
            hints.publish({ of: "key-packages-low", to: deviceId, left });
        }
        if (lacking) await store.wait(asking, userId);
        else await store.endWait(asking, userId);
      }
      return ok(claimed);
    },
    left: (deviceId) => store.count(deviceId),
    drop: (deviceId) => store.drop(deviceId),
    async available(deviceId) {
      const found: UserId[] = [];
      for (const userId of await store.waitsOf(deviceId)) {
        const devices = await directory.devicesOf(userId);
        const counts = await Promise.all(devices.map((device) => store.count(device.deviceId)));
        if (counts.some((count) => count > 0)) found.push(userId);
      }
      return found;
    },
  };
}
