/**
 * Hints between the parts of a server, and later between servers: something happened, look into the store. A lost hint
 * delays, it never loses (P1).
 */
import type { FullEntry } from "@nimes/protocol/entry";
import type { DeviceId, RoomId, UserId } from "@nimes/protocol/ids";

export type Hint =
  /** Entries are on the disk. `entries` saves whoever runs in the same process the reading. */
  | { of: "entries"; roomId: RoomId; entries: readonly FullEntry[] }
  | { of: "inbox"; to: DeviceId }
  | { of: "key-packages-available"; to: DeviceId; userId: UserId }
  | { of: "key-packages-low"; to: DeviceId; left: number }
  | { of: "directory"; sequence: number }
  | { of: "signed-out"; deviceId: DeviceId; code: "unauthorised" | "device-ended" };

export type HintBus = {
  publish(hint: Hint): void;
  subscribe(listener: (hint: Hint) => void): void;
};
