/** Whether a device may be opened at all, whatever it proves. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DeviceRow } from "../ports/directory-store.ts";

type Device = Pick<DeviceRow, "ended" | "revoked" | "destroyed" | "locked" | "deviceClass">;

export function mayOpen(device: Device, privateAllowed: boolean): Result<void> {
  if (device.ended || device.revoked) return refuse("device-ended");
  if (device.destroyed) return refuse("capsule-destroyed");
  if (device.locked) return refuse("device-locked");
  if (device.deviceClass === "private" && !privateAllowed) return refuse("private-not-allowed");
  return ok(undefined);
}
