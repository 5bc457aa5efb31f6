/** What whoever makes commits for a room, or brings it back, works with. */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import type { Clock } from "../../ports/clock.ts";
import type { Changes } from "../changes.ts";
import type { Session } from "../connection/session.ts";
import type { Commits } from "../delivery/commits.ts";
import type { RoomRecords } from "./room-records.ts";

export type GroupWork = {
  self: { clientId: ClientId; userId: UserId };
  e2ee: E2ee;
  rooms: RoomRecords;
  session: Session;
  commits: Commits;
  changes: Changes;
  clock: Clock;
  random: () => number;
  isOnline(): boolean;
  /** Whether a later letter has ended a device. */
  isEnded(clientId: ClientId): boolean;
  failed(error: unknown): void;
};
