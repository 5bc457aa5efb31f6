/** Frames a device sends. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import {
  Bytes,
  ClientIdText,
  Closed,
  Count,
  RoomIdText,
  Signature,
  Signed,
  SubmissionIdText,
} from "../schema.ts";

/** Path of the WebSocket. */
export const socketPath = "/v1/socket";

/** First frame of every connection: token, device key over the server's challenge, and where this device stands. */
export const HelloFrame = Closed({
  type: Type.Literal("hello"),
  token: Type.String({ maxLength: 2048 }),
  /** By the device key, over the challenge, as type `SocketHello`. */
  signature: Signature,
  /** Last entry that is durably applied, per room. Rooms that are missing here are sent from the device's first entry. */
  cursors: Type.Array(Closed({ roomId: RoomIdText, sequence: Count }), { maxItems: limits.maxCursors }),
  /** Last inbox item that is durably applied. */
  inboxSequence: Count,
});
export type HelloFrame = Type.Static<typeof HelloFrame>;

/** Founds a room: entry 1 of its log. */
export const FoundSubmission = Closed({ kind: Type.Literal("found"), roles: Signed });
export const CommitSubmission = Closed({
  kind: Type.Literal("commit"),
  /** Epoch that the commit ends; refused as `stale-epoch` unless it is the current one (P5). */
  epoch: Count,
  bytes: Bytes(limits.maxCommitBytes, 1),
  groupInfo: Bytes(limits.maxGroupInfoBytes, 1),
  /** Client ids of all leaves after the commit. */
  devices: Type.Array(ClientIdText, { minItems: 1, maxItems: limits.maxRoomDevices }),
  /** One Welcome for all added devices. */
  welcome: Type.Optional(Bytes(limits.maxWelcomeBytes, 1)),
});
export const ApplicationSubmission = Closed({
  kind: Type.Literal("application"),
  epoch: Count,
  bytes: Bytes(limits.maxMessageBytes, 1),
});
export const Submission = Type.Union([FoundSubmission, CommitSubmission, ApplicationSubmission]);
export type Submission = Type.Static<typeof Submission>;

/** Appends to a room log. The same submission id always gets the same answer (P6). */
export const SubmitFrame = Closed({
  type: Type.Literal("submit"),
  submissionId: SubmissionIdText,
  roomId: RoomIdText,
  submission: Submission,
});
export type SubmitFrame = Type.Static<typeof SubmitFrame>;

/** Everything up to this entry is durably applied on this device. */
export const AckFrame = Closed({ type: Type.Literal("ack"), roomId: RoomIdText, sequence: Count });
export type AckFrame = Type.Static<typeof AckFrame>;

/** Everything up to this inbox item is durably applied on this device; the server deletes it. */
export const InboxAckFrame = Closed({ type: Type.Literal("inbox-ack"), sequence: Count });
export type InboxAckFrame = Type.Static<typeof InboxAckFrame>;

/**
 * A fresh token before the old one ends. The signature is by the device key, as type `SocketRenewal`, over the challenge of
 * this connection followed by the SHA-256 of the token.
 */
export const RenewFrame = Closed({
  type: Type.Literal("renew"),
  token: Type.String({ maxLength: 2048 }),
  signature: Signature,
});
export type RenewFrame = Type.Static<typeof RenewFrame>;

/** Is the connection alive? A browser cannot see the protocol's own pings, so a half-open one is found by asking. */
export const PingFrame = Closed({ type: Type.Literal("ping") });

export const ClientFrame = Type.Union([
  HelloFrame,
  SubmitFrame,
  AckFrame,
  InboxAckFrame,
  RenewFrame,
  PingFrame,
]);
export type ClientFrame = Type.Static<typeof ClientFrame>;
