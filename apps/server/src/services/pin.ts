/**
 * The second step by PIN. Every sign-in that was started counts as a failure before its answer leaves; finishing it
 * takes that back, also late, and the same request again counts once, so that a bad radio does no harm.
 */
import { utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId, RegistrationId, SubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { lastTryGraceMs, pauseMs, triesLeft } from "../core/pin-tries.ts";
import type { Stores } from "../ports/stores.ts";
import type { Destroy } from "./destroy.ts";
import type { Opaque } from "./opaque.ts";
import type { Opening } from "./opening.ts";
import type { PinRecords } from "./pin-record.ts";
import type { PinRegistrations } from "./pin-registration.ts";
import { bySignIn } from "./pin-registration.ts";
import type { RecordSeal } from "./record-seal.ts";
import type { SignedIn, Token } from "./sign-in.ts";

/** The same finish again gives its token again: its answer may have been lost, or an agreement had to be read first. */
const finishAgainMs = 60 * 60_000;

export type Pin = {
  startLogin(
    device: SignedIn,
    login: { attemptId: SubmissionId; request: string },
  ): Promise<Result<{ response: string; triesLeft: number }>>;
  finishLogin(device: SignedIn, login: { attemptId: SubmissionId; finish: string }): Promise<Result<Token>>;
  /** `pin-required`, unless this sign-in of the device was finished moments ago (`freshPinMs`). */
  requireFresh(device: SignedIn, attemptId: SubmissionId): Promise<Result<void>>;
  startChange(
    device: SignedIn,
    change: { attemptId: SubmissionId; request: string },
  ): Promise<Result<{ registrationId: RegistrationId; response: string }>>;
  change(
    device: SignedIn,
    change: { attemptId: SubmissionId; registrationId: RegistrationId; pinRecord: string },
  ): Promise<Result<void>>;
  /** `waitMs`: until the next try is taken. */
  tries(deviceId: DeviceId): Promise<{ triesLeft: number; waitMs: number }>;
  /** Destroys what has run out of tries, or belongs to an ended device. */
  sweep(): Promise<void>;
};

export function createPin(options: {
  stores: Pick<Stores, "pins" | "directory">;
  opaque: Opaque;
  seal: RecordSeal;
  records: PinRecords;
  registrations: PinRegistrations;
  opening: Opening;
  destroy: Destroy;
  now: () => number;
}): Pin {
  const { stores, opaque, seal, records, registrations, opening, destroy, now } = options;
  const { pins, directory } = stores;

  type Kept = { response: string; state: string };
  const sealAttempt = (deviceId: DeviceId, { response, state }: Kept): Uint8Array =>
    seal.seal("pin-attempt", deviceId, utf8(`${response} ${state}`));
  function openAttempt(deviceId: DeviceId, sealed: Uint8Array): Kept {
    const text = Buffer.from(seal.open("pin-attempt", deviceId, sealed)).toString("utf8");
    const [response = "", state = ""] = text.split(" ");
    return { response, state };
  }

  async function requireFresh({ deviceId }: SignedIn, attemptId: SubmissionId): Promise<Result<void>> {
    const finishedAt = (await pins.attempt(deviceId, attemptId))?.finishedAt;
    const isFresh = finishedAt !== undefined && now() - finishedAt <= limits.freshPinMs;
    return isFresh ? ok(undefined) : refuse("pin-required");
  }

  return {
    async startLogin(device, { attemptId, request }) {
      const { deviceId } = device;
      const allowed = await opening.mayOpen(device);
      if (!allowed.ok) return allowed;
      // Behind every sign-out and lock, also on a clock that was set back.
      const attempt = {
        deviceId,
        attemptId,
        requestHash: sha256(utf8(request)),
        at: Math.max(now(), allowed.value.signedOutAt + 1),
      };
      const started = await pins.start(attempt, (record) => {
        const login = opaque.startLogin({ ...records.open(deviceId, record), request });
        return login && sealAttempt(deviceId, login);
      });
      switch (started.outcome) {
        case "answered":
          return ok({
            response: openAttempt(deviceId, started.sealed).response,
            triesLeft: triesLeft({ count: started.failures }),
          });
        case "wait":
          return refuse("pin-wait");
        case "used-up":
          await destroy(deviceId);
          return refuse("capsule-destroyed");
        case "destroyed":
          return refuse("capsule-destroyed");
        case "malformed":
          return refuse("malformed", "/request");
      }
    },
    async finishLogin(device, { attemptId, finish }) {
      const { deviceId } = device;
      const attempt = await pins.attempt(deviceId, attemptId);
      const state = attempt && openAttempt(deviceId, attempt.sealed).state;
      if (!attempt || !state || !opaque.finishLogin(state, finish)) {
        // What ends in a wrong finish is a failure for certain, so the last one need not wait for a better.
        if (attempt && !attempt.finishedAt && triesLeft({ count: attempt.failures }) === 0) {
          await destroy(deviceId);
          return refuse("capsule-destroyed");
        }
        return refuse("pin-wrong");
      }
      if (attempt.finishedAt === undefined) await pins.finish(deviceId, attemptId, now());
      else if (now() - attempt.finishedAt > finishAgainMs) return refuse("pin-wrong");
      // A sign-in from before a lock or a sign-out does not open anything behind it.
      const row = await directory.device(deviceId);
      if (row && attempt.startedAt <= row.signedOutAt) {
        const allowed = await opening.mayOpen(device);
        return allowed.ok ? refuse("pin-wrong") : allowed;
      }
      return opening.open(device);
    },
    requireFresh,
    async startChange(device, { attemptId, request }) {
      const fresh = await requireFresh(device, attemptId);
      if (!fresh.ok) return fresh;
      const { deviceId } = device;
      const started = await registrations.start({ owner: bySignIn(deviceId, attemptId), deviceId }, request);
      switch (started.outcome) {
        case "started":
          return ok({ registrationId: started.registrationId, response: started.response });
        case "used":
          return refuse("pin-required");
        case "too-many":
          return refuse("too-many");
        case "malformed":
          return refuse("malformed", "/request");
      }
    },
    async change(device, { attemptId, ...made }) {
      const fresh = await requireFresh(device, attemptId);
      if (!fresh.ok) return fresh;
      const { deviceId } = device;
      const record = await registrations.finish({ owner: bySignIn(deviceId, attemptId), deviceId }, made);
      if (!record.ok) return record;
      await pins.change(deviceId, record.value, attemptId);
      return ok(undefined);
    },
    async tries(deviceId) {
      const failures = await pins.failures(deviceId);
      return { triesLeft: triesLeft(failures), waitMs: pauseMs(failures, now()) };
    },
    async sweep() {
      // Nobody needs to know later when an officer opened the app.
      await pins.forgetFinished(now() - finishAgainMs);
      await registrations.sweep();
      for (const deviceId of await pins.overdue(now() - lastTryGraceMs)) await destroy(deviceId);
    },
  };
}
