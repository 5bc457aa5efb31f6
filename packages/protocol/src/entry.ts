/** An entry of the room log, and the running hash over the log. */
import * as Type from "typebox";
import { concat, fromHex, toHex, utf8 } from "./bytes.ts";
import { labelledHash, sha256 } from "./hash.ts";
import type { RoomId } from "./ids.ts";
import { limits } from "./limits.ts";
import { Bytes, Bytes32, ClientIdText, Closed, Count, GroupId, SubmissionIdText, Time } from "./schema.ts";

const position = {
  /** 1, 2, 3, … without gaps in each room, but before a restored entry. */
  sequence: Type.Integer({ minimum: 1 }),
  epoch: Count,
  sender: ClientIdText,
  submissionId: SubmissionIdText,
  /** Server's clock at the append; never before that of the entry before. */
  time: Time,
};
export const EntryKind = Type.Union([
  Type.Literal("roles"),
  Type.Literal("leave"),
  Type.Literal("commit"),
  Type.Literal("refound"),
  Type.Literal("application"),
]);
export type EntryKind = Type.Static<typeof EntryKind>;

/** An entry with its bytes: MLS bytes, or an encoded `Signed`: RoomRoles, RoomLeave or Refounding. */
export const FullEntry = Closed({
  ...position,
  kind: EntryKind,
  bytes: Bytes(limits.maxCommitBytes, 1),
  /** Of commits and refoundings: client ids of all leaves behind it; every gate holds it against the tree. */
  devices: Type.Optional(Type.Array(ClientIdText, { maxItems: limits.maxRoomDevices })),
  /** Of an external commit: the encoded `Signed` RejoinProof of the device that heals itself. */
  rejoin: Type.Optional(Bytes(limits.maxRejoinBytes, 1)),
});
export type FullEntry = Type.Static<typeof FullEntry>;

/** An application entry whose content has expired; its place and its part in the running hash stay. */
export const ExpiredEntry = Closed({ ...position, kind: Type.Literal("expired"), digest: Bytes32 });
export type ExpiredEntry = Type.Static<typeof ExpiredEntry>;

/**
 * What is left of an application entry that is older than content is kept, once nobody has to ask what became of it: its place,
 * and its part in the running hash. The digest gives nothing away, because it covers sealed bytes that are gone.
 */
export const ForgottenEntry = Closed({
  sequence: position.sequence,
  kind: Type.Literal("forgotten"),
  digest: Bytes32,
});
export type ForgottenEntry = Type.Static<typeof ForgottenEntry>;

/**
 * The server's own entry in every room whose log is an older one, because a backup was put back: what stood behind `from` is
 * lost, and numbers go on far beyond all that were given out. It is nobody's word but the server's, and only says that
 * something is missing.
 */
export const RestoredEntry = Closed({
  sequence: Type.Integer({ minimum: 1 }),
  kind: Type.Literal("restored"),
  time: Time,
  /** Last entry that the server still has. */
  from: Count,
  /** MLS group and epoch in which the server has the room. */
  groupId: GroupId,
  epoch: Count,
  /** Version of the roles that it has: whoever knows later ones sends them again. */
  rolesVersion: Type.Integer({ minimum: 1, maximum: limits.maxRolesVersion }),
});
export type RestoredEntry = Type.Static<typeof RestoredEntry>;

/** An entry that a device has sent, and by which one is still known. */
export const SentEntry = Type.Union([FullEntry, ExpiredEntry]);
export type SentEntry = Type.Static<typeof SentEntry>;
export const Entry = Type.Union([FullEntry, ExpiredEntry, ForgottenEntry, RestoredEntry]);
export type Entry = Type.Static<typeof Entry>;

/** Whether an entry comes next for whoever has applied everything up to `cursor`. */
export const isNext = (entry: Entry, cursor: number): boolean =>
  entry.kind === "restored" ? entry.from <= cursor && cursor < entry.sequence : entry.sequence === cursor + 1;

/** What an entry adds to the running hash: all of it, the server's time, too, so that everybody judges by the same. */
export function entryDigest(entry: FullEntry): Uint8Array {
  const rejoin = entry.rejoin ? toHex(sha256(entry.rejoin)) : "";
  return sha256(concat(utf8(entryHead(entry, rejoin)), entry.bytes));
}

/** What stands before the bytes of an entry in its digest. @param rejoin SHA-256 of the proof, hex; empty without one. */
export const entryHead = (entry: Omit<FullEntry, "bytes">, rejoin: string): string =>
  `${entry.sequence}|${entry.kind}|${entry.epoch}|${entry.time}|${entry.sender}|${entry.submissionId}|${entry.devices?.join(",") ?? ""}|${rejoin}|`;

/** Running hash before the first entry. */
export const initialRunningHash = (roomId: RoomId): Uint8Array =>
  labelledHash("NIMes/room-log/v1", fromHex(roomId));

/** Running hash after an entry. */
export const nextRunningHash = (previous: Uint8Array, digest: Uint8Array): Uint8Array =>
  sha256(concat(previous, digest));

/** Digest of an entry in every shape. */
export function digestOf(entry: Entry): Uint8Array {
  if (entry.kind === "expired" || entry.kind === "forgotten") return entry.digest;
  return entry.kind === "restored" ? restoredDigest(entry) : entryDigest(entry);
}

const restoredDigest = ({ sequence, time, from, groupId, epoch, rolesVersion }: RestoredEntry): Uint8Array =>
  labelledHash(
    "NIMes/restored-entry/v1",
    utf8(`${sequence}|${time}|${from}|${toHex(groupId)}|${epoch}|${rolesVersion}`),
  );

/** Running hash behind an entry. Behind a restored one it begins anew: of what was lost, some have more than others. */
export const hashBehind = (previous: Uint8Array, entry: Entry): Uint8Array =>
  entry.kind === "restored"
    ? labelledHash("NIMes/room-log/restored/v1", digestOf(entry))
    : nextRunningHash(previous, digestOf(entry));
