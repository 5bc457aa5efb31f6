/** Frames the server sends. Each is hostile until checked. */
import * as Type from "typebox";
import type { Heard } from "../claimed.ts";
import { Claim } from "../claimed.ts";
import { Entry } from "../entry.ts";
import type { ErrorCode } from "../errors.ts";
import { isErrorCode } from "../errors.ts";
import { limits } from "../limits.ts";
import {
  Bytes,
  Bytes32,
  ClientIdText,
  Closed,
  Count,
  GroupId,
  ProtocolVersion,
  RoomIdText,
  Signed,
  SubmissionIdText,
  Time,
  UserIdText,
} from "../schema.ts";

const Code = Type.Unsafe<ErrorCode>(
  Type.Refine(Type.String({ maxLength: 40 }), isErrorCode, () => "must be a known error code"),
);

/** First frame of every connection. */
export const ChallengeFrame = Closed({ type: Type.Literal("challenge"), challenge: Bytes32 });

/** How far the server has come, in words that only it can read: the device keeps the last one and shows it with its hello. */
const stamp = Type.Optional(Bytes(limits.maxStampBytes, 1));

/** The device is signed in. */
export const OpenedFrame = Closed({
  type: Type.Literal("signed-in"),
  /** Version of the protocol that this server speaks, and the oldest that it takes. */
  version: ProtocolVersion,
  oldestVersion: ProtocolVersion,
  serverTime: Claim(Time),
  keyPackagesLeft: Claim(Count),
  /** Newest sequence number of the directory. */
  directorySequence: Claim(Count),
  stamp,
});

/** Entries of one room in order; the same bytes go to every connection at the same place. */
export const EntriesFrame = Closed({
  type: Type.Literal("entries"),
  roomId: RoomIdText,
  /** Running hash before the first entry, in the first frame of a stretch that begins where the device came in. */
  previous: Type.Optional(Bytes32),
  entries: Type.Array(Entry, { minItems: 1, maxItems: limits.maxEntriesPerFrame }),
});
export type EntriesFrame = Type.Static<typeof EntriesFrame>;

/** A Welcome for this device, with what a gate needs to judge it. */
export const InboxItem = Closed({
  sequence: Type.Integer({ minimum: 1 }),
  kind: Type.Literal("welcome"),
  roomId: RoomIdText,
  /** The entry that brought this device in: a commit or a refounding. */
  roomSequence: Count,
  /** Running hash after that entry, provisional until the first message confirms or denies it. */
  runningHash: Bytes32,
  welcome: Bytes(limits.maxWelcomeBytes, 1),
  /** The RoomRoles chain, first version first. */
  roles: Type.Array(Signed, { minItems: 1, maxItems: limits.maxRolesVersion }),
  groupId: GroupId,
  /** Signed `WelcomeProof` of whoever sends the Welcome. */
  welcomeProof: Signed,
  devices: Type.Array(ClientIdText, { minItems: 1, maxItems: limits.maxRoomDevices }),
  committer: ClientIdText,
});
export type InboxItem = Type.Static<typeof InboxItem>;
export const InboxFrame = Closed({
  type: Type.Literal("inbox"),
  items: Type.Array(InboxItem, { minItems: 1, maxItems: 100 }),
});

/** All that had been waiting when the device said hello has been sent. */
export const CaughtUpFrame = Closed({ type: Type.Literal("caught-up") });

/** Durable: committed to disk before this frame left (P1). */
export const AcceptedFrame = Closed({
  type: Type.Literal("accepted"),
  submissionId: SubmissionIdText,
  roomId: RoomIdText,
  sequence: Claim(Type.Integer({ minimum: 1 })),
  time: Claim(Time),
});
export type AcceptedFrame = Type.Static<typeof AcceptedFrame>;

/** Final for this submission id, unless the code says that a retry helps. */
export const RefusedFrame = Closed({
  type: Type.Literal("refused"),
  submissionId: SubmissionIdText,
  roomId: RoomIdText,
  code: Code,
  /** Where that is the reason: the room's current epoch. */
  epoch: Type.Optional(Claim(Count)),
  /** With `room-exists`: the room that the two already have. */
  existingRoomId: Type.Optional(Claim(RoomIdText)),
});
export type RefusedFrame = Type.Static<typeof RefusedFrame>;

/** Up to this entry, every other user of the room has at least one device that has acknowledged. */
export const DeliveredFrame = Closed({
  type: Type.Literal("delivered"),
  roomId: RoomIdText,
  sequence: Claim(Count),
});

/** Hints. A lost one delays, it never loses. */
export const KeyPackagesLowFrame = Closed({ type: Type.Literal("key-packages-low"), left: Claim(Count) });
export const KeyPackagesAvailableFrame = Closed({
  type: Type.Literal("key-packages-available"),
  userId: UserIdText,
});
export const DirectoryChangedFrame = Closed({
  type: Type.Literal("directory-changed"),
  sequence: Claim(Count),
});

/** For a device that has proved its key and is not opened: something waits. Says nothing of what, where or how much. */
export const WakeFrame = Closed({ type: Type.Literal("wake") });
/** Orders, policy or agreement changed: ask `getDeviceState` before anything else is shown. */
export const OrdersChangedFrame = Closed({ type: Type.Literal("orders-changed") });

/** Answers a `ping` at once. */
export const PongFrame = Closed({ type: Type.Literal("pong"), stamp });

/** The server is about to close this connection, and why. */
export const ClosingFrame = Closed({ type: Type.Literal("closing"), code: Code });

export const ServerFrame = Type.Union([
  ChallengeFrame,
  OpenedFrame,
  EntriesFrame,
  InboxFrame,
  CaughtUpFrame,
  AcceptedFrame,
  RefusedFrame,
  DeliveredFrame,
  KeyPackagesLowFrame,
  KeyPackagesAvailableFrame,
  DirectoryChangedFrame,
  WakeFrame,
  OrdersChangedFrame,
  PongFrame,
  ClosingFrame,
]);
export type ServerFrame = Type.Static<typeof ServerFrame>;
/** As a client hears it. */
export type HeardFrame = Heard<ServerFrame>;
