/** Brings an encrypted file to the server, part by part, from where it says it stands (TESTS B2). */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { AttachmentId, RoomId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { backoffMs } from "../../core/backoff.ts";
import {
  firstPartBytes,
  goesOn,
  isTaken,
  nextPartBytes,
  planUpload,
  reasonOf,
} from "../../core/upload-plan.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Session } from "../connection/session.ts";

export type UploadNeeds = { session: Pick<Session, "call">; clock: Clock; random: () => number };

export type UploadJob = {
  roomId: RoomId;
  attachmentId: AttachmentId;
  encrypted: Uint8Array<ArrayBuffer>;
  /** Bytes that may have left this device before: none of a file that was just made. */
  offered: number;
  /** @param bytes as `offered`, from now on. */
  onOffer(bytes: number): void;
  signal: AbortSignal;
  /** @param sent bytes that the server has taken. */
  onProgress(sent: number): void;
};

export type UploadEnd = "complete" | "cancelled" | { refused: ErrorCode };

/** Goes on through interruptions; ends when all bytes were taken, when nothing helps any more, or when cancelled. */
export async function uploadAttachment(needs: UploadNeeds, job: UploadJob): Promise<UploadEnd> {
  const { signal } = job;
  const state: Progress = { offered: job.offered, taken: 0, part: firstPartBytes };
  let rounds = 0;
  while (!signal.aborted) {
    const before = state.taken;
    const end = await bringRest(needs, job, state);
    if (signal.aborted) break;
    if (end.ok) return "complete";
    rounds = state.taken > before ? 0 : rounds + 1;
    if (!goesOn(end.code, rounds)) return { refused: reasonOf(end.code) };
    await waitFor(needs.clock, backoffMs(rounds, needs.random), signal);
  }
  return "cancelled";
}

type Progress = {
  offered: number;
  taken: number;
  part: number;
  /** End of the last part, where its answer did not come: whether it arrived, the next round shows. */
  unanswered?: number;
};

/** One round: asks where it stands and brings what is missing, as far as it goes. */
async function bringRest(
  { session, clock }: UploadNeeds,
  job: UploadJob,
  state: Progress,
): Promise<Result<void>> {
  const { roomId, attachmentId, encrypted, signal } = job;
  const total = encrypted.byteLength;
  let claimed = await session.call(routes.postAttachment, {
    body: { roomId, attachmentId, size: total },
    signal,
  });
  for (;;) {
    if (!claimed.ok) return claimed;
    const step = planUpload(claimed.value, { total, ...state });
    if (step.step === "done") return ok(undefined);
    if (step.step === "nonsense") return refuse("upload-stalled");
    const { offset } = step;
    hearOfLast(state, offset);
    const end = offset + Math.min(step.length, state.part);
    state.offered = Math.max(state.offered, end);
    job.onOffer(state.offered);
    const begun = clock.now();
    claimed = await session.call(routes.putAttachmentPart, {
      params: { attachmentId },
      query: { offset: String(offset) },
      body: encrypted.slice(offset, end),
      signal,
    });
    if (!claimed.ok) {
      state.unanswered = end;
      return claimed;
    }
    state.part = nextPartBytes(state.part, clock.now() - begun);
    if (!isTaken(claimed.value, { total, end })) return refuse("upload-stalled");
    state.taken = Math.max(state.taken, end);
    job.onProgress(end);
  }
}

/** A part that did not arrive was too large for the line; one that did, and whose answer was lost, is as good as answered. */
function hearOfLast(state: Progress, received: number): void {
  const { unanswered } = state;
  if (unanswered === undefined) return;
  delete state.unanswered;
  if (received < unanswered) state.part = nextPartBytes(state.part, undefined);
  else state.taken = Math.max(state.taken, unanswered);
}
