/**
 * What the server tidies up by itself: entries that everybody has or that are too old, uploads nobody finished, PIN records
 * out of tries, and times that would tell when somebody used the app.
 */
import { limits } from "@nimes/protocol/limits";
import type { DirectoryStore } from "../ports/directory-store.ts";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import type { Attachments } from "./attachments.ts";
import type { Pin } from "./pin.ts";
import type { SteadyClock } from "./steady-clock.ts";

export type Housekeeping = { tidy(): Promise<void>; stop(): Promise<void> };

const intervalMs = 10 * 60_000;
/** Several times as long as a token lives. */
const signOutKeptMs = 60 * 60_000;
/** Entries of one step: some milliseconds, between which messages pass. */
const stepEntries = 500;

export function startHousekeeping(options: {
  roomLog: Pick<RoomLogStore, "expire">;
  attachments: Pick<Attachments, "cleanUp">;
  pin: Pick<Pin, "sweep">;
  directory: Pick<DirectoryStore, "forgetSignOuts">;
  clock: SteadyClock;
  now: () => number;
  onFailure: (error: unknown) => void;
}): Housekeeping {
  const { roomLog, attachments, pin, directory, clock, now, onFailure } = options;
  let stopped = false;
  let running: Promise<void> | undefined;

  async function tidyOnce(): Promise<void> {
    // Whose tries have run out is no question of the clock.
    await pin.sweep();
    if (!clock.isSteady()) return;
    while (!stopped && (await roomLog.expire(now() - limits.entryLifetimeMs, stepEntries)) > 0)
      await new Promise(setImmediate);
    if (!stopped) await directory.forgetSignOuts(now() - signOutKeptMs);
    if (!stopped) await attachments.cleanUp();
  }
  const tidy = (): Promise<void> => {
    running ??= tidyOnce().finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => tidy().catch(onFailure), intervalMs);
  return {
    tidy,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running?.catch(onFailure);
    },
  };
}
