/**
 * Hints between the parts of a server, and later between servers: something happened, look into the store. A lost hint
 * delays, it never loses (P1).
 */
import type { FullEntry } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { DeviceId, RoomId, UserId } from "@nimes/protocol/ids";
import type { DeviceClass } from "@nimes/protocol/schema";

export type Hint =
  /** Entries are on the disk. `entries` saves whoever runs in the same process the reading. */
  | { of: "entries"; roomId: RoomId; entries: readonly FullEntry[] }
  | { of: "inbox"; to: DeviceId }
  | { of: "key-packages-available"; to: DeviceId; userId: UserId }
  | { of: "key-packages-low"; to: DeviceId; left: number }
  | { of: "directory"; sequence: number }
  /** Every connection of this device ends, and why. */
  | { of: "signed-out"; deviceId: DeviceId; code: ErrorCode }
  /** The same, only where content flows: what is not opened goes on hearing of orders. */
  | ({ of: "content-closed"; code: ErrorCode } & ({ deviceId: DeviceId } | { deviceClass: DeviceClass }))
  /** Orders to one device, or policy or agreement for all. */
  | { of: "orders-changed"; to?: DeviceId };

export type HintBus = {
  publish(hint: Hint): void;
  subscribe(listener: (hint: Hint) => void): void;
};
