/** An entry of the room log, and the running hash over the log. */
import * as Type from "typebox";
import { concat, fromHex, utf8 } from "./bytes.ts";
import { labelledHash, sha256 } from "./hash.ts";
import type { RoomId } from "./ids.ts";
import { limits } from "./limits.ts";
import { Bytes, Bytes32, ClientIdText, Closed, Count, SubmissionIdText, Time } from "./schema.ts";

const position = {
  /** 1, 2, 3, … without gaps in each room. */
  sequence: Type.Integer({ minimum: 1 }),
  epoch: Count,
  sender: ClientIdText,
  submissionId: SubmissionIdText,
  /** Server's clock at the append. */
  time: Time,
};
export const EntryKind = Type.Union([
  Type.Literal("roles"),
  Type.Literal("commit"),
  Type.Literal("application"),
]);
export type EntryKind = Type.Static<typeof EntryKind>;

/** An entry with its bytes: MLS bytes, or an encoded `Signed` RoomRoles. */
export const FullEntry = Closed({
  ...position,
  kind: EntryKind,
  bytes: Bytes(limits.maxCommitBytes, 1),
  /** Commits only: client ids of all leaves after the commit; every gate holds it against the tree. */
  devices: Type.Optional(Type.Array(ClientIdText, { maxItems: limits.maxRoomDevices })),
});
export type FullEntry = Type.Static<typeof FullEntry>;

/** An application entry whose content has expired; its place and its part in the running hash stay. */
export const ExpiredEntry = Closed({ ...position, kind: Type.Literal("expired"), digest: Bytes32 });
export type ExpiredEntry = Type.Static<typeof ExpiredEntry>;

export const Entry = Type.Union([FullEntry, ExpiredEntry]);
export type Entry = Type.Static<typeof Entry>;

/** What an entry adds to the running hash. The server's time is left out: nobody can check it. */
export function entryDigest(entry: Omit<FullEntry, "time">): Uint8Array {
  const head = `${entry.sequence}|${entry.kind}|${entry.epoch}|${entry.sender}|${entry.submissionId}|`;
  const devices = entry.devices ? `${entry.devices.join(",")}|` : "";
  return sha256(concat(utf8(head + devices), entry.bytes));
}

/** Running hash before the first entry. */
export const initialRunningHash = (roomId: RoomId): Uint8Array =>
  labelledHash("NIMes/room-log/v1", fromHex(roomId));

/** Running hash after an entry. */
export const nextRunningHash = (previous: Uint8Array, digest: Uint8Array): Uint8Array =>
  sha256(concat(previous, digest));

/** Digest of an entry in either shape. */
export const digestOf = (entry: Entry): Uint8Array =>
  entry.kind === "expired" ? entry.digest : entryDigest(entry);
