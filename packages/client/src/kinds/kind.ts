/**
 * A kind of content: what a message of it does, on whichever way it comes. One module for each kind, one line in `kinds.ts`.
 * Pure, and never throws: what a member has written must not stop anything.
 */
import type { EncryptedFile } from "@nimes/protocol/content/encrypted-file";
import type { ClientId, MessageId, UserId } from "@nimes/protocol/ids";
import type { IsEnded, RoomRecord } from "../core/room-record.ts";
import type { StoredNotice } from "../core/stored-item.ts";

/** Where a message stands, and by whom it is. */
export type Placed = { room: RoomRecord; isEnded: IsEnded; sender: ClientId; messageId: MessageId };

export type Effect =
  /** It stands in the timeline, as a row of its own: unread, previewed, announced. */
  | { effect: "row" }
  /** An earlier message of the room carries it from now on; nothing comes of it where there is none. */
  | { effect: "mark"; target: MessageId; by: UserId }
  /** The room itself becomes another. */
  | { effect: "room"; change: Partial<RoomRecord>; notice?: StoredNotice }
  /** Its sender asks for messages that stand at these places of the log. */
  | { effect: "ask"; sequences: readonly number[] };

type Common<Body> = {
  /** What comes of it, from the log alone: every device comes to the same. */
  apply(body: Body, placed: Placed): readonly Effect[];
};

/** Stands in the timeline by itself. @template Shown what people see of it. @template Preview its line in the list. */
export type RowKind<Body, Shown, Preview> = Common<Body> & {
  stands: "row";
  show(body: Body): Shown;
  preview(body: Body): Preview;
  /** The encrypted file that belongs to it. */
  file?(body: Body): EncryptedFile;
};

/** Who sees a mark, and how people are called. */
export type Viewer = { self: UserId; nameOf(userId: UserId): string };

/** Stands on another message. @template Mark what that message keeps of each person. @template Shown of all of them. */
export type MarkKind<Body, Mark, Shown> = Common<Body> & {
  stands: "on-target";
  target(body: Body): MessageId;
  /** @returns what the message keeps of this person now; undefined: nothing. */
  mark(body: Body): Mark | undefined;
  /** The body that leaves a message with this mark of whoever sends it; undefined: with none. */
  body(target: MessageId, mark: Mark | undefined): Body;
  /** @param marks in the order in which people made them. */
  show(marks: ReadonlyMap<UserId, Mark>, viewer: Viewer): Shown;
};

/** Stands in the room itself, or nowhere: people never see it as a message. */
export type UnseenKind<Body> = Common<Body> & {
  stands: "room" | "nowhere";
  /** What is sealed in place of one at `sequence`, for whoever could not read it: as the room is now. */
  again(room: RoomRecord, sequence: number): Body;
};

/** What a kind shows is its own; the registry keeps the types. */
export type Kind<Body> =
  | RowKind<Body, unknown, unknown>
  | MarkKind<Body, unknown, unknown>
  | UnseenKind<Body>;

/** A message that stands by itself does nothing else. */
export const asRow = (): readonly Effect[] => [{ effect: "row" }];
