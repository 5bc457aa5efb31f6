/**
 * The second step by PIN. Every sign-in that was started counts as a failure before its answer leaves; finishing it
 * takes that back, also late, and the same request again counts once, so that a bad radio does no harm.
 */
import { utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { lastTryGraceMs, pauseMs, triesLeft } from "../core/pin-tries.ts";
import type { Stores } from "../ports/stores.ts";
import type { Destroy } from "./destroy.ts";
import type { Opaque } from "./opaque.ts";
import type { Opening } from "./opening.ts";
import type { RecordSeal } from "./record-seal.ts";
import type { SignedIn, Token } from "./sign-in.ts";

/** A PIN is changed so long after the old one was shown to be known. */
const changeWindowMs = 5 * 60_000;
/** The same finish again gives its token again: its answer may have been lost, or an agreement had to be read first. */
const finishAgainMs = 60 * 60_000;

export type Pin = {
  startLogin(
    device: SignedIn,
    login: { attemptId: SubmissionId; request: string },
  ): Promise<Result<{ response: string; triesLeft: number }>>;
  finishLogin(device: SignedIn, login: { attemptId: SubmissionId; finish: string }): Promise<Result<Token>>;
  /** First half of a registration; nothing is stored. */
  startRegistration(deviceId: DeviceId, request: string): Result<{ response: string }>;
  /** A sealed record for the store, or `malformed`. */
  sealRecord(deviceId: DeviceId, record: string): Result<Uint8Array>;
  change(device: SignedIn, change: { attemptId: SubmissionId; pinRecord: string }): Promise<Result<void>>;
  /** `waitMs`: until the next try is taken. */
  tries(deviceId: DeviceId): Promise<{ triesLeft: number; waitMs: number }>;
  /** Destroys what has run out of tries, or belongs to an ended device. */
  sweep(): Promise<void>;
};

export function createPin(options: {
  stores: Pick<Stores, "pins" | "directory">;
  opaque: Opaque;
  seal: RecordSeal;
  opening: Opening;
  destroy: Destroy;
  now: () => number;
}): Pin {
  const { stores, opaque, seal, opening, destroy, now } = options;
  const { pins, directory } = stores;

  const sealText = (deviceId: DeviceId, text: string): Uint8Array =>
    seal.seal("pin-record", deviceId, utf8(text));
  const openText = (deviceId: DeviceId, sealed: Uint8Array): string =>
    Buffer.from(seal.open("pin-record", deviceId, sealed)).toString("utf8");

  type Kept = { response: string; state: string };
  const sealAttempt = (deviceId: DeviceId, { response, state }: Kept): Uint8Array =>
    seal.seal("pin-attempt", deviceId, utf8(`${response} ${state}`));
  function openAttempt(deviceId: DeviceId, sealed: Uint8Array): Kept {
    const text = Buffer.from(seal.open("pin-attempt", deviceId, sealed)).toString("utf8");
    const [response = "", state = ""] = text.split(" ");
    return { response, state };
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
        const login = opaque.startLogin({ deviceId, record: openText(deviceId, record), request });
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
    startRegistration(deviceId, request) {
      const response = opaque.registrationResponse(deviceId, request);
      return response === undefined ? refuse("malformed", "/request") : ok({ response });
    },
    sealRecord: (deviceId, record) =>
      opaque.isRecord(record) ? ok(sealText(deviceId, record)) : refuse("malformed", "/pinRecord"),
    async change({ deviceId }, { attemptId, pinRecord }) {
      const attempt = await pins.attempt(deviceId, attemptId);
      const finishedAt = attempt?.finishedAt;
      if (finishedAt === undefined || now() - finishedAt > changeWindowMs) return refuse("not-opened");
      if (!opaque.isRecord(pinRecord)) return refuse("malformed", "/pinRecord");
      await pins.change(deviceId, sealText(deviceId, pinRecord), attemptId);
      return ok(undefined);
    },
    async tries(deviceId) {
      const failures = await pins.failures(deviceId);
      return { triesLeft: triesLeft(failures), waitMs: pauseMs(failures, now()) };
    },
    async sweep() {
      // Nobody needs to know later when an officer opened the app.
      await pins.forgetFinished(now() - finishAgainMs);
      for (const deviceId of await pins.overdue(now() - lastTryGraceMs)) await destroy(deviceId);
    },
  };
}
