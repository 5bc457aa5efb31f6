/**
 * Reads the server's directory, page by page. Its numbers are claims: they say where to go on, and the position moves only
 * behind a verdict. Whatever was left out, doubled, swapped or invented is mended when the server is honest again, because
 * the directory is read from its beginning by itself whenever something did not fit, and now and then anyway.
 */
import { checkUser } from "@nimes/e2ee/chains/check-user";
import { judgeUser, keepJudgeable } from "@nimes/e2ee/chains/judge-user";
import { mergeUser } from "@nimes/e2ee/chains/merge-user";
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { weigh } from "@nimes/protocol/claimed";
import { sha256 } from "@nimes/protocol/hash";
import type { UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { routes } from "@nimes/protocol/routes/routes";
import { toldOf } from "../../core/directory-news.ts";
import type { DirectoryRecord } from "../../core/records.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store, Write } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { Session } from "../connection/session.ts";
import { putRecord } from "../put-record.ts";
import type { Organisation } from "./organisation.ts";

export type DirectoryReader = {
  /** What changed since it was last read; all of it where that is due. */
  sync(): Promise<Result<void>>;
  /** From its beginning, unless that was just done: then it changes nothing. */
  walkAgain(): Promise<Result<void>>;
  /** The server's newest number when it was last read to the end; below 0 where something did not fit. */
  head(): number;
  isSound(): boolean;
  /** Counts entries and manifests that were new. */
  changes(): number;
  close(): void;
};

type ReaderNeeds = {
  store: Store;
  organisation: Organisation;
  session: Session;
  changes: Changes;
  clock: Clock;
  records: ReadonlyMap<UserId, DirectoryRecord>;
  /** What is stored now. */
  take(fresh: readonly DirectoryRecord[]): Promise<void>;
  /** What did not fit is due again: to be synced, also when nobody asks. */
  onDue(): void;
};

/** Enough for the largest directory; a server that never comes to an end is left alone after it. */
const maxPages = (2 * limits.maxDirectoryUsers) / limits.maxDirectoryPage;
const walkEveryMs = 7 * 24 * 60 * 60_000;
/** Before it is read from its beginning once more because something does not fit. */
const firstWalkPauseMs = 60_000;
const longestWalkPauseMs = 24 * 60 * 60_000;

export async function createDirectoryReader(needs: ReaderNeeds): Promise<DirectoryReader> {
  const { store, organisation, clock, records } = needs;
  const position = await store.get("positions", ["directory"]);
  let sequence = position?.sequence ?? 0;
  let walkedAt = position?.walkedAt;
  let refused = position?.refused === true;
  let sound = !position?.contradictory;
  let head = -1;
  let changed = 0;
  let walkAgainAt = 0;
  let walkPauseMs = firstWalkPauseMs;
  let cancelDue: (() => void) | undefined;
  let closed = false;

  const positionAt = (upTo: number): Write => ({
    put: "positions",
    key: ["directory"],
    record: {
      sequence: upTo,
      ...(walkedAt !== undefined && { walkedAt }),
      ...(refused && { refused: true as const }),
      ...(!sound && { contradictory: true as const }),
    },
  });
  /** Something did not fit: people see it, and the whole directory is asked for again. */
  async function contradict(): Promise<void> {
    refused = true;
    if (sound) needs.changes.tell({ of: "state" });
    sound = false;
    await store.write([positionAt(sequence)], "strict");
  }

  async function syncManifests(): Promise<Result<void>> {
    const synced = await organisation.sync();
    if (!synced.ok) return synced;
    if (synced.value === "contradicts") await contradict();
    if (synced.value === "newer") changed += 1;
    return ok(undefined);
  }

  /** @param from number behind which it is read. @returns the server's newest number. */
  async function readBehind(from: number): Promise<Result<number>> {
    let at = from;
    for (let page = 0; ; page += 1) {
      const answer = await needs.session.call(routes.getDirectory, { query: { after: String(at) } });
      if (!answer.ok) return answer;
      const { entries, head } = answer.value;
      const newest = weigh(head);
      if (newest < at) return ok(newest);
      const taken = await takePage(entries, { after: at, head: newest });
      if (!taken.ok) return taken;
      const isOver = taken.value <= at || taken.value >= newest || page >= maxPages;
      at = taken.value;
      if (isOver) return ok(newest);
    }
  }

  /** @returns the number up to which there is a verdict. */
  async function takePage(
    entries: readonly DirectoryEntry[],
    page: { after: number; head: number },
  ): Promise<Result<number>> {
    const fresh = new Map<UserId, DirectoryRecord>();
    let upTo = page.after;
    let failure: Result<number> | undefined;
    for (const entry of entries) {
      const before = fresh.get(entry.userId) ?? records.get(entry.userId);
      const judged = await judgeEntry(entry, before);
      if (!judged.ok) {
        failure = judged;
        break;
      }
      if (judged.value) fresh.set(entry.userId, judged.value);
      upTo = Math.max(upTo, Math.min(entry.sequence, page.head));
    }
    const reached = Math.max(sequence, upTo);
    await store.write([...[...fresh.values()].map(putRecord), positionAt(reached)], "strict");
    // Behind the write: what could not be stored is read again.
    sequence = reached;
    changed += fresh.size;
    if (fresh.size > 0) await needs.take([...fresh.values()]);
    return failure ?? ok(upTo);
  }

  /** @returns what to keep, undefined where there is nothing new or nothing good; refused only when it must be tried again. */
  async function judgeEntry(
    entry: DirectoryEntry,
    before: DirectoryRecord | undefined,
  ): Promise<Result<DirectoryRecord | undefined>> {
    const { sequence: _, ...said } = entry;
    const digest = sha256(encodeCbor(said));
    if (before && equalBytes(before.digest, digest)) return ok(undefined);
    const checked = await checkUser(entry);
    let judgeable = checked.ok ? keepJudgeable(organisation.current(), checked.value) : undefined;
    if (checked.ok && judgeable?.refusal?.code === "wrong-signer") {
      // A desk that is not known may stand in a manifest that has come since.
      const synced = await syncManifests();
      if (!synced.ok) return synced;
      judgeable = keepJudgeable(organisation.current(), checked.value);
    }
    if (!judgeable || judgeable.refusal) await contradict();
    if (!judgeable || judgeable.user.generations.length === 0) return ok(undefined);
    if (!before && records.size >= limits.maxDirectoryUsers) return ok(undefined);
    const merged = mergeUser(before?.checked, judgeable.user);
    if (merged.contradicts) await contradict();
    const user = judgeUser(organisation.current(), merged.user);
    const told = before?.told ?? (user.ok ? toldOf(user.value) : undefined);
    return ok(told && { checked: merged.user, digest, told });
  }

  async function walk(): Promise<Result<void>> {
    const before = changed;
    cancelDue?.();
    cancelDue = undefined;
    refused = false;
    let read: Result<number> | undefined;
    try {
      read = await readBehind(0);
    } finally {
      if (!read?.ok) refused = true;
    }
    // Whoever looks again and again and finds nothing looks less often.
    walkPauseMs = changed > before ? firstWalkPauseMs : Math.min(2 * walkPauseMs, longestWalkPauseMs);
    if (!read.ok) return read;
    walkedAt = clock.now();
    walkAgainAt = clock.now() + walkPauseMs;
    head = read.value;
    sequence = Math.min(sequence, head);
    await store.write([positionAt(sequence)], "strict");
    return ok(undefined);
  }

  async function finishFirst(): Promise<void> {
    walkedAt = clock.now();
    await store.write([positionAt(sequence)], "strict");
  }

  const walkAgain = async (): Promise<Result<void>> => (clock.now() < walkAgainAt ? ok(undefined) : walk());

  async function sync(): Promise<Result<void>> {
    const manifests = await syncManifests();
    if (!manifests.ok) return manifests;
    // A clock that was set back says nothing of how long ago it was.
    const isOld = walkedAt !== undefined && Math.abs(clock.now() - walkedAt) > walkEveryMs;
    if ((refused || isOld) && clock.now() >= walkAgainAt) return walk();
    const read = await readBehind(sequence);
    if (!read.ok) return read;
    head = read.value;
    if (head >= sequence) {
      if (walkedAt === undefined) await finishFirst();
      return ok(undefined);
    }
    // The server has lost something, or has named a number before that there never was (D2).
    await contradict();
    sequence = head;
    return walkAgain();
  }

  /** Nothing else may ask for hours: the server has nothing new to tell, and what it told was refused. */
  function plan(): void {
    if (!refused || closed) return;
    cancelDue ??= clock.after(walkPauseMs, () => {
      cancelDue = undefined;
      walkAgainAt = 0;
      needs.onDue();
    });
  }
  const planned = (look: () => Promise<Result<void>>) => async (): Promise<Result<void>> => {
    try {
      return await look();
    } finally {
      plan();
    }
  };

  return {
    sync: planned(sync),
    walkAgain: planned(walkAgain),
    head: () => (refused ? -1 : head),
    isSound: () => sound,
    changes: () => changed,
    close() {
      closed = true;
      cancelDue?.();
    },
  };
}
