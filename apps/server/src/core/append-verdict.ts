/** What becomes of a submission, and what it changes: both adapters write down the same. */
import type { EntryKind } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientId, DeviceId, RoomId } from "@nimes/protocol/ids";
import type { ClaimedTree, ClaimedWelcome } from "./append-request.ts";
import type { RoomHead } from "./append-view.ts";

export type AppendRefusal = { verdict: "refused"; code: ErrorCode; epoch?: number; existingRoomId?: RoomId };

/** What an entry changes beside the log. */
export type RoomChange = {
  /**
   * The leaves from now on, and who among them is new; whoever is missing has been taken out. `readsFrom`: the first entry that
   * who is new may read, where that is not this one.
   */
  tree?: ClaimedTree & { added: readonly ClientId[]; readsFrom?: number };
  /** Devices whose user has asked to leave. */
  leaving?: readonly DeviceId[];
  /** Who gets the Welcome. */
  welcome?: ClaimedWelcome & { to: readonly DeviceId[] };
  /** Payload of the roles in force from now on. */
  roles?: Uint8Array;
};
export type Appended = {
  verdict: "append";
  kind: EntryKind;
  epoch: number;
  /** Running hash before this entry; undefined before the first. */
  before?: Uint8Array;
  /** The room behind this entry; its running hash is the adapter's to count. */
  head: Omit<RoomHead, "hash">;
  change: RoomChange;
  /** Of a refounding: whose commit nobody gets past, as its author says. */
  answered?: ClientId;
};
export type AppendVerdict =
  | Appended
  /** The same submission again: the same answer (P6). */
  | { verdict: "again"; sequence: number; time: number }
  | AppendRefusal;

export const refused = (code: ErrorCode): AppendRefusal => ({ verdict: "refused", code });
/** Sealed, or made, for another epoch or group than the room's. */
export const stale = ({ epoch }: Pick<RoomHead, "epoch">): AppendRefusal => ({
  ...refused("stale-epoch"),
  epoch,
});

/** An entry behind `before`. @param change of the room, and of what stands beside it. */
export const appended = (
  before: RoomHead,
  entry: { kind: EntryKind; epoch: number; time: number },
  { head = {}, ...change }: { head?: Partial<RoomHead> } & RoomChange = {},
): Appended => {
  const { hash, ...rest } = before;
  // Whoever judges by the time of entries must never see it run backwards.
  const time = Math.max(entry.time, before.time);
  return {
    verdict: "append",
    kind: entry.kind,
    epoch: entry.epoch,
    before: hash,
    head: { ...rest, sequence: before.sequence + 1, time, ...head },
    change,
  };
};

/** Whose commit a refounding answers, where it answers one. */
export const answeredBy = ({ answered }: Appended): Pick<Appended, "answered"> =>
  answered === undefined ? {} : { answered };
