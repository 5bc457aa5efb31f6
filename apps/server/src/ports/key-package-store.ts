/** Key packages: each is given out once. */
import type { DeviceId, UserId } from "@nimes/protocol/ids";

export type KeyPackageStore = {
  /**
   * Keeps those that the device has never sent before, all or none.
   * @returns how many the device has now, or undefined when they would be more than `max`.
   */
  add(
    deviceId: DeviceId,
    given: { keyPackages: readonly Uint8Array[]; max: number },
  ): Promise<number | undefined>;
  /** Takes one out, oldest first, or undefined when none is left. */
  take(deviceId: DeviceId): Promise<Uint8Array | undefined>;
  count(deviceId: DeviceId): Promise<number>;
  /** Forgets all of a device that has ended, and whom it waits for. */
  drop(deviceId: DeviceId): Promise<void>;
  /** Remembers that a device could not add this user. */
  wait(waiting: DeviceId, userId: UserId): Promise<void>;
  /** Devices that wait for this user. */
  waitingFor(userId: UserId): Promise<DeviceId[]>;
  /** Users that a device waits for. */
  waitsOf(waiting: DeviceId): Promise<UserId[]>;
  endWait(waiting: DeviceId, userId: UserId): Promise<void>;
};
