import { fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import { digestOf, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { SubmissionId } from "@nimes/protocol/ids";
import { bernd, room } from "@nimes/testing/client/room";
import { rawCommitMessage } from "@nimes/testing/server/raw-mls";
import { expect, test } from "vitest";
import { anchorAnew } from "./anchor.ts";
import { joinedRoom } from "./room-record.ts";

const entry = (sequence: number): FullEntry => ({
  sequence,
  kind: "commit",
  epoch: sequence,
  sender: bernd,
  submissionId: String(sequence).padStart(32, "0") as SubmissionId,
  time: sequence,
  bytes: Uint8Array.of(sequence),
});
const log = [entry(4), entry(5), entry(6)];
const before = new Uint8Array(32).fill(3);
const hashAfter = (entries: readonly FullEntry[]): Uint8Array =>
  entries.reduce<Uint8Array>((hash, one) => nextRunningHash(hash, digestOf(one)), before);
const truth = hashAfter(log.slice(0, 2));
/** Came in by the commit that stands at 5; the server has said that it stands somewhere, with some hash behind it. */
const cameInAt = (sequence: number, hash = truth) =>
  room({ entrance: { commit: sha256(Uint8Array.of(5)), sequence, hash, behind: 0 }, cursor: sequence, hash });

test("a wrong place in the log is put right by the commit that brought this device in, which is signed", () => {
  for (const claimed of [1, 4, 6, 4_000_000]) {
    const anchored = anchorAnew(cameInAt(claimed), log, before);
    expect(anchored).toMatchObject({ cursor: 5, entrance: { sequence: 5 } });
    expect(anchored?.hash).toEqual(truth);
  }
});

test("a wrong hash at the right place is put right, too, as soon as the log before it is shown", () => {
  const lied = cameInAt(5, new Uint8Array(32).fill(9));
  expect(anchorAnew({ ...lied, cursor: 6 }, log, before)).toMatchObject({
    cursor: 5,
    hash: truth,
    entrance: { sequence: 5, hash: truth },
  });
  expect(anchorAnew({ ...cameInAt(5), cursor: 6 }, log, before)).toBeUndefined();
});

test("the right place stays, and a log that does not show the commit moves nothing", () => {
  expect(anchorAnew(cameInAt(5), log, before)).toBeUndefined();
  expect(anchorAnew(cameInAt(4), [entry(4), entry(6)], before)).toBeUndefined();
});

test("once a member has confirmed the place, no hash of the server's moves it", () => {
  const { entrance: _, ...confirmed } = cameInAt(4);
  expect(anchorAnew(confirmed, log, before)).toBeUndefined();
});

test("whoever comes back is never behind what was read before: nothing older is sealed again for others (P9)", () => {
  const known = room({ standing: { state: "left" }, cursor: 40 });
  const { roomId, groupId, roles, signedRoles, since } = known;
  const place = { hash: truth, devices: [bernd], commit: sha256(Uint8Array.of(5)), epoch: 9 };
  for (const claimed of [1, 40, 57]) {
    const start = { roomId, groupId, roles, signedRoles, since };
    const back = joinedRoom(start, { ...place, sequence: claimed }, known);
    expect(back.enteredAt).toBe(Math.max(claimed, 40));
    expect(anchorAnew(back, log, before)?.enteredAt).toBe(40);
  }
});

test("whoever came in without opening its Welcome learns from the log which epoch it stood at then, and behind that", () => {
  const groupId = room().groupId;
  const commit = (sequence: number, epoch: number): FullEntry => ({
    ...entry(sequence),
    epoch,
    bytes: rawCommitMessage({ groupId: fromHex(groupId), epoch }),
  });
  const seen = [commit(5, 3), commit(6, 4), entry(7)];
  const [brought] = seen;
  const came = {
    commit: sha256(brought?.bytes ?? before),
    sequence: 5,
    hash: hashAfter(seen.slice(0, 1)),
    behind: 0,
  };
  const unopened = room({ entrance: came, cursor: 5, hash: came.hash, stand: { groupId, epoch: 0 } });
  expect(anchorAnew(unopened, seen, before)).toEqual({ ...unopened, stand: { groupId, epoch: 4 } });
  const further = { ...unopened, cursor: 7 };
  expect(anchorAnew(further, seen, before)).toEqual({ ...further, stand: { groupId, epoch: 5 } });
  expect(anchorAnew({ ...further, stand: { groupId, epoch: 5 } }, seen, before)).toBeUndefined();
});
