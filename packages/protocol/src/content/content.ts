/**
 * What is sealed: one message of one officer, shaped after the IETF MIMI content format, as padded CBOR.
 *
 * Every message carries the sender's own counter in the room and the running hash of the room log as the sender saw
 * it, so that a server that drops, swaps or forks is noticed by whoever opens the next message (P3, P4).
 */
import * as Type from "typebox";
import { decodeCbor, encodeCbor } from "../cbor.ts";
import { limits } from "../limits.ts";
import { pad, unpad } from "../padding.ts";
import type { Result } from "../result.ts";
import { ok, refuse } from "../result.ts";
import { Bytes32, Closed, Count, MessageIdText, Time } from "../schema.ts";
import type { Body } from "./kinds.ts";
import { shapes } from "./kinds.ts";

/** A kind that a newer app sends. */
const UnknownBody = Type.Object({
  kind: Type.Refine(
    Type.String({ maxLength: limits.maxKindLength }),
    (kind) => !Object.hasOwn(shapes, kind),
    () => "is a kind with a shape of its own",
  ),
});

/** Kept as it came: an app that knows the kind reads it again. `bytes`: the body, encoded. */
export type NewerBody = { kind: "newer"; bytes: Uint8Array<ArrayBuffer> };

const Travelling = Type.Union([...Object.values(shapes), UnknownBody]);

const Envelope = Type.Object({
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
  body: Travelling,
});
type Envelope = Omit<Type.Static<typeof Envelope>, "body">;

/** As it is sealed: of a known kind. */
export type Content = Envelope & { body: Body };
/** As it was opened: it may be of a newer one. */
export type OpenedContent = Envelope & { body: Body | NewerBody };

export const encodeContent = (content: Content): Uint8Array<ArrayBuffer> => pad(encodeCbor(content));

/** @returns the content, or `malformed`. */
export function decodeContent(padded: Uint8Array): Result<OpenedContent> {
  const unpadded = unpad(padded);
  if (!unpadded.ok) return refuse("malformed");
  const read = decodeCbor(Envelope, unpadded.value);
  return read.ok ? ok({ ...read.value, body: recognised(read.value.body) }) : read;
}

/** A body that was kept because its kind was not known. */
export function decodeBody(bytes: Uint8Array): Result<Body | NewerBody> {
  const read = decodeCbor(Travelling, bytes);
  return read.ok ? ok(recognised(read.value)) : read;
}

/** By the kind alone: a newer one may have fields of any name, and anything in them. */
const recognised = (body: Type.Static<typeof Travelling>): Body | NewerBody =>
  isKnown(body) ? body : { kind: "newer", bytes: encodeCbor(body) };

const isKnown = (body: { kind: string }): body is Body => Object.hasOwn(shapes, body.kind);
