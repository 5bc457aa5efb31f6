/** What the timeline keeps. People stand as ids: names come from the directory when somebody looks. */
import type { NewerBody } from "@nimes/protocol/content/content";
import type { ClientId, MessageId, UserId } from "@nimes/protocol/ids";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";
import type { Marks, RowBody } from "../kinds/kinds.ts";

export type StoredBody = RowBody | NewerBody;

export type StoredMessage = {
  kind: "message";
  messageId: MessageId;
  sender: ClientId;
  /** By the server's clock, see `placeTime`: where it stands in days and lists. */
  at: number;
  /** Sender's clock, milliseconds: shown, and never acted upon. */
  sentAt: number;
  /** Own clock, milliseconds: when it came to this device. Own messages have none: `sentAt` is by the own clock. */
  receivedAt?: number;
  body: StoredBody;
  /** What people have put on it. */
  marks?: Marks;
};

export type StoredNotice =
  | { type: "founded"; by: UserId }
  /** Without `by`: who did it was not kept. */
  | { type: "added"; by?: UserId; people: UserId[] }
  | { type: "removed"; by?: UserId; people: UserId[] }
  | { type: "removed-you"; by?: UserId }
  | { type: "renamed"; by: UserId; name: string }
  /** A sender stands only where it was authenticated: nobody is named for what nobody has signed. */
  | { type: "loss"; sender?: UserId; count: number }
  | { type: "fork"; sender?: UserId }
  /** `sender`: they were here and nobody saw them; else the server no longer had them, whose word for a sender is none. */
  | { type: "expired"; count: number; sender?: UserId }
  | { type: "unopened"; sender?: UserId }
  | { type: "refused"; sender?: UserId }
  /** The server withholds something here for long. */
  | { type: "withheld" }
  /** The server goes on behind a backup: what had come since may be missing. */
  | { type: "restored" }
  | { type: "role"; by: UserId; person: UserId; role: RoomRole }
  | { type: "left"; person: UserId }
  | { type: "refounded"; by: UserId }
  | { type: "left-out"; people: UserId[] }
  | { type: "came-back" }
  | { type: "new-device"; person: UserId }
  /** Another unit vouches for this person than before. */
  | { type: "changed-unit"; person: UserId };

export type StoredItem = StoredMessage | { kind: "notice"; at: number; notice: StoredNotice };
