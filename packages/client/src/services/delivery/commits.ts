/**
 * Commits of this device on their way: stored before they leave, recognised when the log shows them, and sent again with
 * every connection until it does, because an acceptance is the server's word alone.
 */
import { makeRefounding } from "@nimes/e2ee/chains/make-refounding";
import { makeRejoinProof } from "@nimes/e2ee/chains/make-rejoin-proof";
import { makeWelcomeProof } from "@nimes/e2ee/chains/make-welcome-proof";
import type { CommitBundle, E2ee, RefoundBundle } from "@nimes/e2ee/e2ee";
import { fromHex } from "@nimes/protocol/bytes";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, GroupId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Refounding } from "@nimes/protocol/signed/refounding";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { OwnCommit, RoomRecord } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import type { Submissions } from "./submissions.ts";

export type CommitAnswer = "accepted" | "unknown" | { refused: ErrorCode };
/** What a refounding answers, and who is left out for it. */
export type RefoundingTerms = Pick<Refounding, "answers" | "without">;

/** Nothing here throws, because it runs inside a transaction of the encryption. */
export type Commits = {
  submit(roomId: RoomId, bundle: CommitBundle): Promise<CommitAnswer>;
  submitRefounding(roomId: RoomId, bundle: RefoundBundle, terms: RefoundingTerms): Promise<CommitAnswer>;
  /** Sends what the group has taken and the log has not shown. @returns false when the server has not taken it at all. */
  submitAgain(roomId: RoomId): Promise<boolean>;
};

export type CommitsNeeds = {
  self: { clientId: ClientId };
  /** This device's key. */
  device: Signer;
  e2ee: E2ee;
  rooms: RoomRecords;
  submissions: Submissions;
  clock: Clock;
  /** The server says that something stands in the log: it must show it. */
  claimed(submissionId: SubmissionId): void;
  failed(error: unknown): void;
};

/** While a commit waits for its answer nothing is opened in any room: a server that does not answer gets no longer. */
const answerPatienceMs = 20_000;
/** Own commits that are remembered in one room: each is one that the server has answered and not shown. */
const maxOwnCommits = 8;

export function createCommits(needs: CommitsNeeds): Commits {
  const { self, device, e2ee, rooms, submissions, clock } = needs;
  const healer = { clientId: self.clientId, device };

  /** @param commit bytes, or the payload of the refounding, that the Welcome goes with. */
  const welcomeProof = (
    { roomId, roles, awaited }: RoomRecord,
    sent: { groupId: GroupId; welcome: Uint8Array; commit: Uint8Array },
  ): Promise<Signed> =>
    makeWelcomeProof({
      ...sent,
      groupId: fromHex(sent.groupId),
      roomId,
      roles,
      ...(awaited && { awaited }),
      author: self.clientId,
      device,
    });

  async function commitOf(room: RoomRecord, bundle: CommitBundle): Promise<Submission> {
    const { groupId, epoch, commit, groupInfo, devices, welcome, rejoin } = bundle;
    return {
      kind: "commit",
      epoch,
      bytes: commit,
      groupInfo,
      devices,
      ...(welcome && { welcome, welcomeProof: await welcomeProof(room, { groupId, welcome, commit }) }),
      // Whoever comes back shows that it is this device, and for this commit alone (TESTS M15).
      ...(rejoin && { rejoin: await makeRejoinProof(healer, room.roomId, bundle, clock.now()) }),
    };
  }

  async function refoundingOf(
    room: RoomRecord,
    bundle: RefoundBundle,
    terms: RefoundingTerms,
  ): Promise<Extract<Submission, { kind: "refound" }>> {
    const { groupId, epoch, groupInfo, devices, welcome } = bundle;
    const author = self.clientId;
    const refounding = await makeRefounding({ room, groupId, ...terms, author, device, time: clock.now() });
    const commit = refounding.payload;
    return {
      kind: "refound",
      refounding,
      epoch,
      groupInfo,
      devices,
      ...(welcome && { welcome, welcomeProof: await welcomeProof(room, { groupId, welcome, commit }) }),
    };
  }

  /** Stored first: whatever happens then, its entry is recognised. */
  async function bring(
    roomId: RoomId,
    prepare: (room: RoomRecord) => Promise<Omit<OwnCommit, "submissionId">>,
  ): Promise<CommitAnswer> {
    const submissionId = newSubmissionId();
    let submission: Submission;
    try {
      const room = rooms.get(roomId);
      if (!room) return "unknown";
      const own: OwnCommit = { submissionId, ...(await prepare(room)) };
      submission = own.submission;
      await rooms.update(roomId, (now) => ({
        room: { ...now, ownCommits: [...now.ownCommits.slice(1 - maxOwnCommits), own] },
        durability: "strict",
      }));
    } catch (error) {
      needs.failed(error);
      return "unknown";
    }
    const answer = await Promise.race([
      submissions.submit({ roomId, submissionId, submission }),
      waitFor(clock, answerPatienceMs),
    ]);
    if (!answer) {
      submissions.cancel(submissionId);
      return "unknown";
    }
    if (answer.answer === "refused") return { refused: answer.code };
    needs.claimed(submissionId);
    return "accepted";
  }

  return {
    submit: (roomId, bundle) =>
      bring(roomId, async (room) => ({
        submission: await commitOf(room, bundle),
        hash: sha256(bundle.commit),
        epoch: bundle.epoch,
        before: bundle.before,
      })),
    submitRefounding: (roomId, bundle, terms) =>
      bring(roomId, async (room) => {
        const submission = await refoundingOf(room, bundle, terms);
        const hash = sha256(submission.refounding.payload);
        return { submission, hash, epoch: 0, before: bundle.before, refounds: room.groupId };
      }),
    async submitAgain(roomId) {
      const { groupId, ownCommits = [] } = rooms.get(roomId) ?? {};
      const epoch = groupId && (await e2ee.epochOf(groupId));
      for (const { submissionId, submission, epoch: ends } of ownCommits) {
        if (epoch === undefined || ends >= epoch) continue;
        const answer = await submissions.submit({ roomId, submissionId, submission });
        const isOpen = rooms.get(roomId)?.ownCommits.some((own) => own.submissionId === submissionId);
        if (!isOpen) continue;
        if (answer.answer === "refused") return false;
        needs.claimed(submissionId);
      }
      return true;
    },
  };
}
