/**
 * Hints of the server, each of which makes this device ask for something. The first of its kind goes through at once;
 * those that follow wait for a pause that grows, and become one. A lost hint delays, it never loses, so none has to be
 * kept in full; and a server that sends thousands makes a device ask a few times a minute.
 */
import type { HeardFrame } from "@nimes/protocol/frames/server-frames";
import type { Clock } from "../../ports/clock.ts";

const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** Quiet for so many pauses, a kind begins anew. */
const quietPauses = 10;
/** Kinds that are remembered at a time: hints that name a person are a kind for each. */
const maxKinds = 500;

export type CalmHints = { take(frame: HeardFrame): void; close(): void };

/** `hint`: the last one that waits for the pause to end. */
type Kind = { pauseMs: number; state: "pausing" | "quiet"; hint?: HeardFrame; cancel(): void };

/** @param deliver takes frames: what is no hint at once, hints calmly. */
export function createCalmHints(clock: Clock, deliver: (frame: HeardFrame) => void): CalmHints {
  const kinds = new Map<string, Kind>();

  function begin(name: string, pauseMs: number): void {
    kinds.set(name, {
      pauseMs,
      state: "pausing",
      cancel: clock.after(pauseMs, () => onPauseOver(name)),
    });
  }
  function onPauseOver(name: string): void {
    const kind = kinds.get(name);
    if (!kind) return;
    const { pauseMs, hint } = kind;
    if (hint) {
      begin(name, longer(pauseMs));
      deliver(hint);
      return;
    }
    const cancel = clock.after(pauseMs * quietPauses, () => kinds.delete(name));
    kinds.set(name, { pauseMs, state: "quiet", cancel });
  }

  return {
    take(frame) {
      const name = nameOfHint(frame);
      if (name === undefined) {
        deliver(frame);
        return;
      }
      const kind = kinds.get(name);
      if (kind?.state === "pausing") {
        kind.hint = frame;
        return;
      }
      if (!kind && kinds.size >= maxKinds) return;
      kind?.cancel();
      begin(name, kind ? longer(kind.pauseMs) : firstPauseMs);
      deliver(frame);
    },
    close() {
      for (const { cancel } of kinds.values()) cancel();
      kinds.clear();
    },
  };
}

const longer = (pauseMs: number): number => Math.min(longestPauseMs, pauseMs * 2);

/** @returns undefined for a frame that is no hint. */
function nameOfHint(frame: HeardFrame): string | undefined {
  switch (frame.type) {
    case "key-packages-low":
    case "directory-changed":
    case "orders-changed":
    case "wake":
      return frame.type;
    case "key-packages-available":
      return `${frame.type} ${frame.userId}`;
    default:
      return undefined;
  }
}
