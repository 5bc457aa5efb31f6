/** What the simulation knows for certain, because it did it or saw it beside the encryption. */
import type { ClientId, MessageId, RoomId, UserId } from "@nimes/protocol/ids";

/** Something an officer wrote and was told that it is stored. */
export type Word = {
  text: string;
  messageId: MessageId;
  roomId: RoomId;
  /** Of a direct room: the other person. */
  peer?: UserId;
  by: UserId;
  /** The device it was written on: with it, it is gone. */
  from: ClientId;
};

export type Counts = { messages: number; commits: number; crashes: number };

export type Ledger = {
  readonly words: Word[];
  /** Leaves of the tree when a message was sealed; a message sealed twice has both. */
  readonly sealedFor: Map<MessageId, Set<ClientId>>;
  /** Who was ever wished to be in a room by somebody who may. */
  readonly wished: Map<RoomId, Set<UserId>>;
  /** Who was ever taken out of a room, as `wasTakenOut` asks. */
  readonly takenOut: Set<string>;
  readonly counts: Counts;
  /** What was done and told, in order. */
  readonly history: string[];
  /** Laws that were broken, each once. */
  readonly faults: Set<string>;
  /** Those of them that need to happen only once: what was read or shown and never meant so. The others may be time alone. */
  readonly breaches: Set<string>;
};

export const createLedger = (): Ledger => ({
  words: [],
  sealedFor: new Map(),
  wished: new Map(),
  takenOut: new Set(),
  counts: { messages: 0, commits: 0, crashes: 0 },
  history: [],
  faults: new Set(),
  breaches: new Set(),
});

export const wishedIn = (ledger: Ledger, roomId: RoomId): Set<UserId> => {
  const set = ledger.wished.get(roomId) ?? new Set();
  ledger.wished.set(roomId, set);
  return set;
};
