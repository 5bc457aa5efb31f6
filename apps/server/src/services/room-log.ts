/**
 * Appending to room logs. Submissions are collected for a moment and committed together: one fsync for all of them, and
 * no answer before it (P1).
 */
import type { FullEntry } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { AppendRequest } from "../core/append-request.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { AppendOutcome, Member, RoomGroup, RoomLogStore } from "../ports/room-log-store.ts";
import { isStorageFull } from "../ports/storage-full.ts";
import { type KeyOf, prepareSubmission } from "./prepare-submission.ts";
import { createRefoundingLimits } from "./refounding-limits.ts";
import type { DeviceIdentity } from "./sign-in.ts";

export type SubmitAnswer =
  | { answer: "accepted"; sequence: number; time: number }
  | { answer: "refused"; code: ErrorCode; epoch?: number; existingRoomId?: RoomId };

export type RoomLog = {
  submit(device: DeviceIdentity, frame: SubmitFrame): Promise<SubmitAnswer>;
  /** For a member that lost its place; whoever is none learns nothing (S5). */
  group(device: DeviceIdentity, roomId: RoomId): Promise<Result<RoomGroup>>;
  /** Who is in the room and has fetched nothing since the entry that added them; for members alone (S5). */
  awaited(device: DeviceIdentity, roomId: RoomId): Promise<Result<ClientId[]>>;
};

type Waiting = { request: AppendRequest; settle: (answer: SubmitAnswer) => void };

const maxBatch = 512;

export function createRoomLog(options: {
  store: RoomLogStore;
  hints: HintBus;
  now: () => number;
  keyOf: KeyOf;
  /** Called with every failed commit, so that the health state shows it (F6). */
  onStoreFailure: (error: unknown) => void;
}): RoomLog {
  const { store, hints, now, onStoreFailure } = options;
  let waiting: Waiting[] = [];
  let committing = false;
  const refoundings = createRefoundingLimits(now);

  async function commitWaiting(): Promise<void> {
    committing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      await commitBatch(batch);
      // Frames that arrived meanwhile are read before the next commit, so that it covers them.
      await new Promise(setImmediate);
    }
    committing = false;
  }

  async function commitBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      settle(batch, await store.append(batch.map(({ request }) => request)));
    } catch (error) {
      onStoreFailure(error);
      if (isStorageFull(error)) {
        // Those behind it, too: when there is space again, none may overtake what its sender has to send once more.
        refuseAll([...batch, ...waiting.splice(0)], "storage-full");
      } else if (batch.length === 1) refuseAll(batch, "unavailable");
      // One that no store can take must not keep back those that came with it, again and again.
      else for (const one of batch) await commitBatch([one]);
    }
  }

  const refuseAll = (batch: readonly Waiting[], code: ErrorCode): void => {
    for (const { settle: answer } of batch) answer({ answer: "refused", code });
  };

  function settle(batch: readonly Waiting[], outcomes: readonly AppendOutcome[]): void {
    const entriesOf = new Map<RoomId, FullEntry[]>();
    for (const [index, { request, settle: answer }] of batch.entries()) {
      const outcome = outcomes[index];
      if (!outcome) throw new Error("A store answered for fewer appends than it was given");
      const { roomId } = request;
      refoundings.note(request, outcome);
      if (outcome.outcome === "refused") {
        const { outcome: _, ...refusal } = outcome;
        answer({ answer: "refused", ...refusal });
      } else if (outcome.outcome === "again") {
        answer({ answer: "accepted", sequence: outcome.sequence, time: outcome.time });
      } else {
        const { entry, welcomed } = outcome;
        answer({ answer: "accepted", sequence: entry.sequence, time: entry.time });
        const entries = entriesOf.get(roomId);
        if (entries) entries.push(entry);
        else entriesOf.set(roomId, [entry]);
        for (const to of welcomed) hints.publish({ of: "inbox", to });
      }
    }
    for (const [roomId, entries] of entriesOf) hints.publish({ of: "entries", roomId, entries });
  }

  async function membersFor({ deviceId }: DeviceIdentity, roomId: RoomId): Promise<Member[]> {
    const members = (await store.members(roomId)).filter(({ until }) => until === undefined);
    return members.some((member) => member.deviceId === deviceId) ? members : [];
  }

  return {
    async group(device, roomId) {
      const isMember = (await membersFor(device, roomId)).length > 0;
      const group = isMember ? await store.group(roomId) : undefined;
      return group ? ok(group) : refuse("not-found");
    },
    async awaited(device, roomId) {
      const members = await membersFor(device, roomId);
      const awaited = members.filter(({ cursor, from }) => cursor < from).map(({ clientId }) => clientId);
      return members.length > 0 ? ok(awaited) : refuse("not-found");
    },
    async submit(device, frame) {
      const prepared = await prepareSubmission(device, frame, { time: now(), keyOf: options.keyOf });
      if (!prepared.ok) return { answer: "refused", code: prepared.code };
      const request = refoundings.hold(prepared.value);
      return new Promise((settleAnswer) => {
        waiting.push({ request, settle: settleAnswer });
        if (!committing) {
          committing = true;
          setImmediate(() => void commitWaiting());
        }
      });
    },
  };
}
