/**
 * What makes no sense where the server shows it is asked for once more, on a new connection, before it counts: a server that
 * lies for a moment ends nothing then. What comes a second time with the same bytes is what stands in the log. Only this
 * room waits; the server is asked ever more rarely, and people are told.
 */
import { toHex } from "@nimes/protocol/bytes";
import type { Entry } from "@nimes/protocol/entry";
import { digestOf } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import type { Clock } from "../../ports/clock.ts";

export type Doubts = {
  /** Whether an entry that makes no sense is to be asked for again. */
  isDoubted(roomId: RoomId, entry: Entry): boolean;
  /** Gives up what has come, remembers what it was, and asks. @param came everything of the room that is not applied. */
  askAgain(roomId: RoomId, came: Iterable<Entry>): void;
  /** What comes now of this room comes from before it was asked for again. */
  isAsking(roomId: RoomId): boolean;
  /** Everything that comes from now on comes on a new connection. */
  begin(): void;
  /** Something was applied: the next doubt begins anew. */
  settled(roomId: RoomId): void;
};

type Doubt = {
  /** Digests of what came before, by place. */
  seen: Map<number, string>;
  /** How often it has been asked for in vain. */
  asked: number;
  isAsking: boolean;
  /** Own clock, milliseconds: the server has said the same twice, so it is believed until then. */
  believedUntil: number;
};

const firstPauseMs = 1_000;
const maxDoublings = 6;
const asksUntilTold = 3;
/** A member who writes nonsense must not make everybody connect anew all the time. */
const beliefMs = 60_000;

export function createDoubts(needs: {
  clock: Clock;
  restart(): void;
  tellWithheld(roomId: RoomId): void;
}): Doubts {
  const { clock } = needs;
  const doubts = new Map<RoomId, Doubt>();
  const inWords = (entry: Entry): string => `${entry.kind} ${toHex(digestOf(entry))}`;

  return {
    isDoubted(roomId, entry) {
      const doubt = doubts.get(roomId);
      if (!doubt) return true;
      if (doubt.believedUntil > clock.now()) return false;
      if (doubt.seen.get(entry.sequence) !== inWords(entry)) return true;
      doubt.believedUntil = clock.now() + beliefMs;
      return false;
    },
    askAgain(roomId, came) {
      const { asked = 0 } = doubts.get(roomId) ?? {};
      const seen = new Map([...came].map((entry) => [entry.sequence, inWords(entry)]));
      doubts.set(roomId, { seen, asked: asked + 1, isAsking: true, believedUntil: 0 });
      if (asked + 1 === asksUntilTold) needs.tellWithheld(roomId);
      if (asked === 0) needs.restart();
      else clock.after(firstPauseMs * 2 ** Math.min(asked, maxDoublings), needs.restart);
    },
    isAsking: (roomId) => doubts.get(roomId)?.isAsking ?? false,
    begin() {
      for (const doubt of doubts.values()) doubt.isAsking = false;
    },
    settled(roomId) {
      const doubt = doubts.get(roomId);
      if (doubt) doubt.asked = 0;
    },
  };
}
