/** Sealed OPAQUE records and the tries on them. What is sealed here only opens with a key kept apart from the store. */
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";

export type PinTry = { deviceId: DeviceId; attemptId: SubmissionId; requestHash: Uint8Array; at: number };

export type StartOutcome =
  /** Counted, or counted before with the same request. `failures` includes this one. */
  | { outcome: "answered"; sealed: Uint8Array; failures: number }
  | { outcome: "wait" }
  /** All tries are used up: nothing was answered. */
  | { outcome: "used-up" }
  | { outcome: "destroyed" }
  /** The attempt's id was used with another request, or the request is none. */
  | { outcome: "malformed" };

export type Attempt = {
  number: number;
  sealed: Uint8Array;
  startedAt: number;
  finishedAt?: number;
  /** Of this device, counting this one while it is not finished. */
  failures: number;
};

export type PinStore = {
  /** Sealed; undefined when it was destroyed. */
  record(deviceId: DeviceId): Promise<Uint8Array | undefined>;
  /**
   * Counts a try as a failure and keeps its answer, in one transaction that is on the disk when this resolves.
   * @param answer makes the sealed answer from the sealed record; undefined when the request is none.
   */
  start(attempt: PinTry, answer: (record: Uint8Array) => Uint8Array | undefined): Promise<StartOutcome>;
  attempt(deviceId: DeviceId, attemptId: SubmissionId): Promise<Attempt | undefined>;
  /** Takes back the count of this attempt and of those before it: whoever made it knew the PIN. */
  finish(deviceId: DeviceId, attemptId: SubmissionId, at: number): Promise<void>;
  failures(deviceId: DeviceId): Promise<{ count: number; lastAt: number }>;
  /** Replaces the record and forgets every attempt on the old one but the one named. */
  change(deviceId: DeviceId, record: Uint8Array, keep: SubmissionId): Promise<void>;
  /** Destroys record, attempts, passkey and its share, so that no byte of them is left in any file of the store. */
  destroy(deviceId: DeviceId): Promise<void>;
  /** Devices whose record has to go: of an ended or a wiped device, or with all tries used up before `before`. */
  overdue(before: number): Promise<DeviceId[]>;
  /** Forgets attempts from before that moment which count no more: they say when somebody opened the app. */
  forgetFinished(before: number): Promise<void>;
  /** How many were destroyed. */
  destroyedCount(): Promise<number>;
};
