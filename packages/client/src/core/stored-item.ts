/** What the timeline keeps. People stand as ids: names come from the directory when somebody looks. */
import type { AttachmentBody } from "@nimes/protocol/content";
import type { ClientId, MessageId, UserId } from "@nimes/protocol/ids";

export type StoredBody = { kind: "text"; text: string } | AttachmentBody | { kind: "newer" };

export type StoredMessage = {
  kind: "message";
  messageId: MessageId;
  sender: ClientId;
  /** Sender's clock, milliseconds. */
  sentAt: number;
  /** Server's clock, milliseconds: when it was accepted there; own messages have none. */
  acceptedAt?: number;
  body: StoredBody;
};

export type StoredNotice =
  | { type: "founded"; by: UserId }
  | { type: "added"; by: UserId; people: UserId[] }
  | { type: "removed"; by: UserId; people: UserId[] }
  | { type: "removed-you"; by: UserId }
  | { type: "renamed"; by: UserId; name: string }
  | { type: "loss"; sender: UserId; count: number }
  | { type: "fork"; sender: UserId }
  | { type: "expired"; count: number }
  | { type: "unopened"; sender: UserId }
  | { type: "refused"; sender: UserId }
  | { type: "new-device"; person: UserId };

export type StoredItem = StoredMessage | { kind: "notice"; at: number; notice: StoredNotice };
