/**
 * What is sealed: one message of one officer, shaped after the IETF MIMI content format, as padded CBOR.
 *
 * Every message carries the sender's own counter in the room and the running hash of the room log as the sender saw
 * it, so that a server that drops, swaps or forks is noticed by whoever opens the next message (P3, P4).
 */
import * as Type from "typebox";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { limits } from "./limits.ts";
import { pad, unpad } from "./padding.ts";
import type { Result } from "./result.ts";
import { refuse } from "./result.ts";
import { AttachmentIdText, Bytes, Bytes32, Closed, Count, MessageIdText, Time } from "./schema.ts";

export const TextBody = Closed({
  kind: Type.Literal("text"),
  text: Type.String({ minLength: 1, maxLength: limits.maxTextBytes }),
});

/** Types a device shows; anything else is never rendered. */
export const MediaType = Type.Union([
  Type.Literal("image/jpeg"),
  Type.Literal("image/png"),
  Type.Literal("image/webp"),
]);
export type MediaType = Type.Static<typeof MediaType>;

/** A picture: the key and shape of the encrypted file, and a thumbnail to show at once. */
export const AttachmentBody = Closed({
  kind: Type.Literal("attachment"),
  attachmentId: AttachmentIdText,
  /** AES-256 key of this file alone. */
  key: Bytes32,
  /** Plain size in bytes. */
  size: Type.Integer({ minimum: 1, maximum: limits.maxAttachmentBytes }),
  /** Encrypted chunks; checked against `size` before the first is fetched. */
  chunks: Type.Integer({ minimum: 1, maximum: 4096 }),
  /** SHA-256 of the encrypted file. */
  hash: Bytes32,
  mediaType: MediaType,
  width: Type.Integer({ minimum: 1, maximum: 20_000 }),
  height: Type.Integer({ minimum: 1, maximum: 20_000 }),
  thumbnail: Bytes(limits.maxThumbnailBytes, 1),
  caption: Type.String({ maxLength: 2000 }),
});
export type AttachmentBody = Type.Static<typeof AttachmentBody>;

/** Name of the room; only members ever see it. */
export const RoomProfileBody = Closed({
  kind: Type.Literal("room-profile"),
  name: Type.String({ minLength: 1, maxLength: limits.maxRoomNameLength }),
});

/**
 * A device that lost its place in the group and came back asks for the messages that stand at these places of the log and
 * were sealed while it was out; never shown. Whoever wrote them seals them again under the same message ids.
 */
export const AskAgainBody = Closed({
  kind: Type.Literal("ask-again"),
  sequences: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: limits.maxAskedAgain }),
});

/** A kind that a newer app sends; kept as it came and shown as "newer message". */
const NewerBody = Type.Object({
  kind: Type.Refine(
    Type.String({ maxLength: 40 }),
    (kind) => !["text", "attachment", "room-profile", "ask-again"].includes(kind),
    () => "is a kind with a shape of its own",
  ),
});

export const Body = Type.Union([TextBody, AttachmentBody, RoomProfileBody, AskAgainBody, NewerBody]);
export type Body = Type.Static<typeof Body>;

export const Content = Type.Object({
  messageId: MessageIdText,
  /** Sender's clock when the message was composed. */
  time: Time,
  /** 1, 2, 3, … of this sender's device in this room, in the order of sealing. */
  counter: Type.Integer({ minimum: 1 }),
  /** Last entry of the room log that the sender had processed, and the running hash after it. */
  seen: Closed({ sequence: Count, hash: Bytes32 }),
  /** The roles in force when it was sealed: whoever was shown an older chain learns of it. */
  roles: Closed({ version: Type.Integer({ minimum: 1, maximum: limits.maxRolesVersion }), hash: Bytes32 }),
  /** Where in the log it was sealed first, when it is sealed again for somebody who could not read it there. */
  first: Type.Optional(Type.Integer({ minimum: 1 })),
  body: Body,
});
export type Content = Type.Static<typeof Content>;

export const encodeContent = (content: Content): Uint8Array<ArrayBuffer> => pad(encodeCbor(content));

/** @returns the content, or `malformed`. */
export function decodeContent(padded: Uint8Array): Result<Content> {
  const unpadded = unpad(padded);
  return unpadded.ok ? decodeCbor(Content, unpadded.value) : refuse("malformed");
}
