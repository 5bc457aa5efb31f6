import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId, SubmissionId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { recoverCommit } from "./recover-commit.ts";

const [anna, bernd, clara] = ["anna", "bernd", "clara"] as unknown as [ClientId, ClientId, ClientId];
const commit: FullEntry = {
  sequence: 5,
  kind: "commit",
  epoch: 3,
  sender: bernd,
  submissionId: "s" as SubmissionId,
  time: 0,
  bytes: new Uint8Array(1),
  devices: ["forged" as ClientId],
};
const again: EntryOutcome = { outcome: "duplicate", sequence: 5 };

test("a commit that was kept and not stored is told from the tree, not from the server's list (F7)", () => {
  const place = { known: [anna, bernd], tree: [anna, clara] };
  expect(recoverCommit(again, commit, place)).toEqual({
    outcome: "commit",
    sequence: 5,
    epoch: 4,
    committer: bernd,
    added: [clara],
    removed: [bernd],
  });
});

test("a replayed commit changes nobody", () => {
  const place = { known: [anna, bernd], tree: [anna, bernd] };
  expect(recoverCommit(again, commit, place)).toMatchObject({ added: [], removed: [] });
});

test("a removal that was kept and not stored is a removal (F7)", () => {
  const refused: EntryOutcome = { outcome: "refused", sequence: 5, sender: bernd, reason: "wrong-room" };
  expect(recoverCommit(refused, commit, { known: [anna, bernd], tree: [] })).toEqual({
    outcome: "removed",
    sequence: 5,
    committer: bernd,
  });
  expect(recoverCommit(refused, commit, { known: [anna, bernd], tree: [anna, bernd] })).toBe(refused);
});

test("messages are left as they are", () => {
  const message: FullEntry = { ...commit, kind: "application" };
  expect(recoverCommit(again, message, { known: [], tree: [] })).toBe(again);
});
