/**
 * Who is who: organisation, officers and their devices, each verified from the root hash of the letter before anybody
 * relies on it. What was seen stays; a server can withhold, and what it changes, forks or takes back is refused (D2, D8,
 * D9). Whose word counts follows from the newest manifest at the moment somebody asks: nothing of that is stored.
 */

import type { DirectoryLookup, VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { hadEnded, hasEnded } from "@nimes/e2ee/gate/chain-lookup";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Claimed } from "@nimes/protocol/claimed";
import { weigh } from "@nimes/protocol/claimed";
import type { ClientId, UnitId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { linkHash } from "@nimes/protocol/signed/hashes";
import { toldOf } from "../../core/directory-news.ts";
import type { Changed } from "../../core/judge-directory.ts";
import { createJudge, judgeInSlices } from "../../core/judge-directory.ts";
import type { DirectoryRecord } from "../../core/records.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { Session } from "../connection/session.ts";
import { putRecord } from "../put-record.ts";
import { createSerial } from "../serial.ts";
import { createDirectoryReader } from "./directory-reader.ts";
import type { Organisation } from "./organisation.ts";

export type DirectoryService = {
  lookup: DirectoryLookup;
  /** Also of somebody whom only a stolen desk key attests, so that what is there has a name. */
  user(userId: UserId): VerifiedUser | undefined;
  /** Whether the newest genesis that was seen of a user is this one. */
  isShown(userId: UserId, genesis: Uint8Array): boolean;
  /** Whoever belongs to the circle. While everybody is being judged, by a new manifest for instance, that comes first. */
  users(): Promise<VerifiedUser[]>;
  organisation(): VerifiedOrganisation;
  unitName(unitId: UnitId): string;
  /** What the server called its newest change when all was last read and fitted; below 0 before that. */
  sequence(): number;
  isSound(): boolean;
  /** Fetches what changed. @returns `no-network` and the like when the server could not be asked. */
  sync(): Promise<Result<void>>;
  /** Fetches what changed now, and while the server cannot be asked again and again, with pauses that grow. */
  follow(): Promise<void>;
  /** The server says that something changed: fetched soon, and the later, the more often there was nothing. */
  hint(sequence: Claimed<number>): void;
  /** Judges everybody in the background and tells what changed since people were last told. */
  start(): void;
  close(): void;
  /**
   * Makes the lookup say something for each of these users: fetches the directory, and takes as unprovable whoever is
   * not in it then. @returns as `sync`.
   */
  prove(userIds: readonly UserId[]): Promise<Result<void>>;
  /**
   * As `prove`, for devices: a device that is not on the chain at hand may have come since, and judging it by an old
   * chain would part this device from all others for ever.
   */
  proveDevices(clientIds: readonly ClientId[]): Promise<Result<void>>;
  /** Asks for what is new, whatever is at hand: somebody is to be judged by the newest. */
  refresh(userIds: readonly UserId[]): Promise<Result<void>>;
  /**
   * Whether a device has ended, for whom one seals and whom one shows: no clock and no later word of the server takes
   * it back, but a manifest that lets its letter count again. @param at milliseconds; whether everybody says so of an
   * entry of that time.
   */
  isEnded(clientId: ClientId, at?: number): boolean;
};

export type DirectoryNeeds = {
  store: Store;
  organisation: Organisation;
  session: Session;
  changes: Changes;
  clock: Clock;
  /** These people have new devices, which ended the ones they had (DESIGN §3). */
  onNewDevices(userIds: readonly UserId[]): void;
  /** Another unit vouches for these people than before. */
  onChangedUnit(userIds: readonly UserId[]): void;
  /** Devices of these people came, ended or do not count any more: rooms with them may hold one. */
  onChangedDevices(userIds: readonly UserId[]): void;
  failed(error: unknown): void;
};

/** Hints that may bring nothing before there is a pause: several changes are often fetched at once. */
const freeHints = 5;
const firstHintPauseMs = 1_000;
const longestHintPauseMs = 60_000;

/** The directory as it was last verified. */
export async function loadDirectory(needs: DirectoryNeeds): Promise<DirectoryService> {
  const { store, changes, organisation, clock } = needs;
  const serial = createSerial();
  const judge = createJudge(organisation.current);
  const records = new Map<UserId, DirectoryRecord>();
  for (const { record } of await store.list("directory", { prefix: [] }))
    records.set(record.checked.userId, record);
  /** Looked for in the whole directory and not found; asked again after the next change. */
  const absent = new Set<UserId>();
  let closed = false;

  const user = (userId: UserId): VerifiedUser | undefined => {
    const record = records.get(userId);
    return record && judge.of(record);
  };
  const lookup: DirectoryLookup = (userId) => user(userId) ?? (absent.has(userId) ? "unprovable" : undefined);

  /** Told once: what is stored says what was told. */
  async function tell(changed: readonly Changed[]): Promise<void> {
    if (changed.length === 0) return;
    const told = changed.map(({ record, user: now }) => ({ ...record, told: toldOf(now) }));
    for (const record of told) records.set(record.checked.userId, record);
    await store.write(told.map(putRecord), "strict");
    changes.tell({ of: "directory" });
    const those = (which: keyof Changed["news"]): UserId[] =>
      changed.filter(({ news }) => news[which]).map(({ record }) => record.checked.userId);
    if (those("changedDevices").length > 0) needs.onChangedDevices(those("changedDevices"));
    if (those("newDevice").length > 0) needs.onNewDevices(those("newDevice"));
    if (those("changedUnit").length > 0) needs.onChangedUnit(those("changedUnit"));
  }

  /** Everybody, with a pause between slices; whoever is asked for meanwhile is judged at once. */
  const judgeAll = (): Promise<void> =>
    serial("judge", async () => {
      let isFirst = true;
      for (const changed of judgeInSlices(records.values(), judge)) {
        if (!isFirst) await waitFor(clock, 0);
        isFirst = false;
        if (closed) return;
        await tell(changed);
      }
    });
  /** The last judging of everybody that has begun. */
  let judging: Promise<unknown> = Promise.resolve();
  const judgeEverybody = (): void => {
    const begun = judgeAll();
    judging = begun.catch(() => undefined);
    inBackground(begun);
  };

  const reader = await createDirectoryReader({
    ...needs,
    records,
    async take(fresh) {
      for (const record of fresh) {
        records.set(record.checked.userId, record);
        absent.delete(record.checked.userId);
      }
      changes.tell({ of: "directory" });
      for (const changed of judgeInSlices(fresh, judge)) await tell(changed);
    },
    onDue: () => inBackground(sync()),
  });

  /** Whoever asks while one is waiting to begin gets that one. */
  let waiting: Promise<Result<void>> | undefined;
  const sync = (): Promise<Result<void>> => {
    waiting ??= serial("sync", () => {
      waiting = undefined;
      return reader.sync();
    });
    return waiting;
  };

  async function fetchFor(userIds: readonly UserId[]): Promise<Result<void>> {
    if (userIds.length === 0) return ok(undefined);
    const synced = await sync();
    if (!synced.ok) return synced;
    if (userIds.some((userId) => !records.has(userId))) {
      // It may have been left out of a page that was read long ago.
      const walked = await serial("sync", reader.walkAgain);
      if (!walked.ok) return walked;
    }
    for (const userId of userIds) if (!user(userId)) absent.add(userId);
    return ok(undefined);
  }

  let fruitless = 0;
  let cancelHint: (() => void) | undefined;
  let failures = 0;
  let cancelRetry: (() => void) | undefined;
  async function follow(): Promise<void> {
    cancelRetry?.();
    const before = reader.changes();
    const synced = await sync();
    fruitless = reader.changes() === before ? fruitless + 1 : 0;
    failures = synced.ok ? 0 : failures + 1;
    if (synced.ok || closed) return;
    // What was told once is told by nobody again.
    const pauseMs = Math.min(firstHintPauseMs * 2 ** Math.min(failures, 10), longestHintPauseMs);
    cancelRetry = clock.after(pauseMs, () => inBackground(follow()));
  }

  const isKnownDevice = (clientId: ClientId): boolean => {
    const known = user(userOf(clientId));
    const all = known ? [...known.devices, ...known.ended, ...known.revoked] : [];
    return all.some((device) => device.clientId === clientId);
  };
  const isEnded = (clientId: ClientId, at?: number): boolean =>
    at === undefined ? hasEnded(lookup, clientId, clock.now()) : hadEnded(lookup, clientId, at);
  const inBackground = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => {
      if (!closed) needs.failed(error);
    });
  const stopListening = organisation.onNewer(() => {
    absent.clear();
    changes.tell({ of: "directory" });
    judgeEverybody();
  });

  return {
    lookup,
    user,
    isShown(userId, genesis) {
      const newest = records.get(userId)?.checked.generations.findLast((one) => one.genesis)?.genesis;
      return newest !== undefined && equalBytes(newest.hash, linkHash(genesis));
    },
    async users() {
      await judging;
      return [...records.values()]
        .flatMap((record) => judge.of(record) ?? [])
        .filter(({ attested }) => attested);
    },
    organisation: organisation.current,
    unitName: (unitId) =>
      organisation.current().manifest.units.find(({ id }) => id === unitId)?.name ?? unitId,
    sequence: reader.head,
    isSound: reader.isSound,
    sync,
    follow,
    hint(sequence) {
      if (weigh(sequence) === reader.head() || cancelHint || closed) return;
      const grown = firstHintPauseMs * 2 ** Math.min(fruitless - freeHints, 10);
      cancelHint = clock.after(fruitless < freeHints ? 0 : Math.min(grown, longestHintPauseMs), () => {
        cancelHint = undefined;
        inBackground(follow());
      });
    },
    start: judgeEverybody,
    close() {
      closed = true;
      cancelHint?.();
      cancelRetry?.();
      reader.close();
      stopListening();
    },
    prove: (userIds) => fetchFor(userIds.filter((userId) => !user(userId))),
    isEnded,
    refresh: fetchFor,
    proveDevices: (clientIds) => fetchFor(clientIds.filter((one) => !isKnownDevice(one)).map(userOf)),
  };
}
