import { claimOf } from "@nimes/protocol/claimed";
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId, SubmissionId } from "@nimes/protocol/ids";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { beforeEach, expect, test } from "vitest";
import { createSubmissions, type Submissions } from "./submissions.ts";

const roomId = "a".repeat(64) as RoomId;
const idOf = (name: string) => name as SubmissionId;
const submission = { kind: "application", epoch: 1, bytes: Uint8Array.of(1) } as const;

let clock: ReturnType<typeof createManualClock>;
let sent: string[];
let open: boolean;
let restarts: number;
let submissions: Submissions;
beforeEach(() => {
  clock = createManualClock();
  sent = [];
  open = true;
  restarts = 0;
  submissions = createSubmissions({
    clock,
    random: () => 0.5,
    send: (frame: SubmitFrame) => sent.push(frame.submissionId),
    isOpen: () => open,
    restart: () => {
      restarts += 1;
    },
  });
});
const submit = (name: string) => submissions.submit({ roomId, submissionId: idOf(name), submission });
const refuse = (name: string, code: "too-many" | "not-a-member") =>
  submissions.onRefused({ type: "refused", submissionId: idOf(name), roomId, code });

test("what has no answer goes again on every new connection, in the same order (P6)", async () => {
  const first = submit("1");
  submit("2");
  submissions.onAccepted({ submissionId: idOf("1"), sequence: claimOf(7) });
  expect(await first).toEqual({ answer: "accepted", sequence: claimOf(7) });
  submit("3");
  submissions.resume();
  expect(sent).toEqual(["1", "2", "3", "2", "3"]);
});

test("what is submitted while there is no connection goes with the next one", () => {
  open = false;
  submit("1");
  expect(sent).toEqual([]);
  open = true;
  submissions.resume();
  expect(sent).toEqual(["1"]);
});

test("submitting an id again joins the earlier one and sends nothing", () => {
  expect(submit("1")).toBe(submit("1"));
  expect(sent).toEqual(["1"]);
});

test("an answer that does not come means that something was lost: a new connection is asked for", () => {
  submit("1");
  clock.advance(14_000);
  expect(restarts).toBe(0);
  clock.advance(2_000);
  expect(restarts).toBe(1);
});

test("an answer that came is not waited for", () => {
  submit("1");
  submissions.onAccepted({ submissionId: idOf("1"), sequence: claimOf(1) });
  clock.advance(60_000);
  expect(restarts).toBe(0);
});

test("a refusal of the moment holds everything back, then all goes again in order", () => {
  submit("1");
  submit("2");
  refuse("1", "too-many");
  refuse("2", "too-many");
  submit("3");
  expect(sent).toEqual(["1", "2"]);
  clock.advance(10_000);
  expect(sent).toEqual(["1", "2", "1", "2", "3"]);
});

test("a refusal for good is the answer", async () => {
  const answer = submit("1");
  refuse("1", "not-a-member");
  expect(await answer).toEqual({ answer: "refused", code: "not-a-member" });
});

test("an answer to what nobody asked, or the same answer twice, changes nothing", () => {
  submissions.onAccepted({ submissionId: idOf("x"), sequence: claimOf(1) });
  refuse("y", "not-a-member");
  submit("1");
  submissions.onAccepted({ submissionId: idOf("1"), sequence: claimOf(1) });
  submissions.onAccepted({ submissionId: idOf("1"), sequence: claimOf(2) });
  submissions.resume();
  expect(sent).toEqual(["1"]);
});
