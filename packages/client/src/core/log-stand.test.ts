import { fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import type { GroupId, SubmissionId } from "@nimes/protocol/ids";
import { groupIdOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, knowledge, room } from "@nimes/testing/client/room";
import { rawCommitMessage } from "@nimes/testing/server/raw-mls";
import { expect, test } from "vitest";
import { applyEntries, type Judged } from "./apply-entries.ts";
import { treeInLog } from "./log-stand.ts";
import type { OwnCommit } from "./room-record.ts";

const own: OwnCommit = {
  submissionId: "0".repeat(32) as SubmissionId,
  submission: { kind: "application", epoch: 4, bytes: new Uint8Array() },
  hash: new Uint8Array(32),
  epoch: 4,
  before: [anna, bernd],
};
const groupId = room().groupId;
const other = groupIdOf(new Uint8Array(32).fill(7));
type Part = { epoch: number; header?: number; group?: GroupId; outcome?: Judged["outcome"] };
function commit(sequence: number, { epoch, header = epoch, group = groupId, outcome }: Part): Judged {
  const entry: FullEntry = {
    sequence,
    kind: "commit",
    epoch,
    sender: bernd,
    submissionId: String(sequence).padStart(32, "0") as SubmissionId,
    time: 1_000,
    bytes: rawCommitMessage({ groupId: fromHex(group), epoch: header }),
  };
  const opened = { outcome: "commit" as const, sequence, epoch: epoch + 1, devices: [anna, bernd] };
  return { entry, outcome: outcome ?? opened };
}
const refused = { outcome: "refused" as const, sequence: 0, reason: "unreadable" as const };

test("an own change that the log has not shown yet is not in the tree that its entries are judged by", () => {
  const ahead = room({ devices: [anna], logEpoch: 4, ownCommits: [own] });
  expect(treeInLog(ahead)).toEqual([anna, bernd]);
  expect(treeInLog({ ...ahead, logEpoch: 5 })).toEqual([anna]);
});

test("what stands before an own refounding that the log has not shown yet is judged by the group of then", () => {
  const refounding = { ...own, epoch: 0, before: [anna, bernd, clara], refounds: groupId };
  const ahead = room({ groupId: other, devices: [anna], logEpoch: 0, ownCommits: [refounding] });
  expect(ahead.stand.groupId).toBe(groupId);
  expect(treeInLog(ahead)).toEqual([anna, bernd, clara]);
  expect(treeInLog({ ...ahead, stand: { groupId: other, epoch: 1 } })).toEqual([anna]);
});

test("where the log stands is the same for all who read it, whatever each of them could open", () => {
  const passed = { outcome: "passed" as const };
  for (const outcome of [undefined, refused, passed]) {
    const log = [commit(1, { epoch: 0 }), commit(2, { epoch: 1, ...(outcome && { outcome }) })];
    expect(applyEntries(room(), log, knowledge).room.stand).toEqual({ groupId, epoch: 2 });
  }
});

test("a commit that is shown again, of another epoch or group, or of another than its entry says, moves the log nowhere", () => {
  const lies = [
    commit(2, { epoch: 0 }),
    commit(3, { epoch: 2 }),
    commit(4, { epoch: 1, group: other }),
    commit(5, { epoch: 1, header: 7, outcome: refused }),
    commit(6, { epoch: 7, header: 1, outcome: refused }),
  ];
  const { stand } = applyEntries(room(), [commit(1, { epoch: 0 }), ...lies], knowledge).room;
  expect(stand).toEqual({ groupId, epoch: 1 });
});

test("a refounding moves the log into its group, for whoever founded it and for everybody else", () => {
  const entry = { ...commit(1, { epoch: 1 }).entry, kind: "refound" } as FullEntry;
  const outcome = {
    outcome: "refounded" as const,
    groupId: other,
    author: anna,
    without: null,
    commit: own.hash,
    leaders: undefined,
  };
  for (const group of [groupId, other]) {
    const before = room({ groupId: group });
    const { stand } = applyEntries(before, [{ entry, outcome }], knowledge).room;
    expect(stand).toEqual({ groupId: other, epoch: 1 });
  }
});
