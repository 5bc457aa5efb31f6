/** What the stores in memory share, as tables of a database would. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { DeviceRow } from "../ports/directory-store.ts";

export type MemoryState = {
  devices: Map<DeviceId, DeviceRow>;
  /** Tells when the attestations that a device stands on have run out. */
  validUntil: Map<DeviceId, () => number>;
  wiped: Set<DeviceId>;
  pinRecords: Map<DeviceId, Uint8Array>;
  /** What goes with a record that is destroyed. */
  onDestroyed: ((deviceId: DeviceId) => void)[];
};

export const memoryState = (): MemoryState => ({
  devices: new Map(),
  validUntil: new Map(),
  wiped: new Set(),
  pinRecords: new Map(),
  onDestroyed: [],
});

export function changeDevice(state: MemoryState, deviceId: DeviceId, change: Partial<DeviceRow>): void {
  const device = state.devices.get(deviceId);
  if (device) state.devices.set(deviceId, { ...device, ...change });
}
