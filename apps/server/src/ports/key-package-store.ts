/** Key packages: each is given out once. */
import type { DeviceId, UserId } from "@nimes/protocol/ids";

export type KeyPackageStore = {
  /** @returns how many the device has now. */
  add(deviceId: DeviceId, keyPackages: readonly Uint8Array[]): Promise<number>;
  /** Takes one out, or undefined when none is left. */
  take(deviceId: DeviceId): Promise<Uint8Array | undefined>;
  count(deviceId: DeviceId): Promise<number>;
  /** Remembers that a device could not add this user. */
  wait(waiting: DeviceId, userId: UserId): Promise<void>;
  /** Devices that wait for this user. */
  waitingFor(userId: UserId): Promise<DeviceId[]>;
  /** Users that a device waits for. */
  waitsOf(waiting: DeviceId): Promise<UserId[]>;
  endWait(waiting: DeviceId, userId: UserId): Promise<void>;
};
