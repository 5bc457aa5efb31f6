import { expect, test } from "vitest";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import type { FullEntry } from "./entry.ts";
import { digestOf, Entry, entryDigest, initialRunningHash, nextRunningHash } from "./entry.ts";
import { deviceIdOf, formatClientId, newSubmissionId, newUserId, orgIdOf, roomIdOf } from "./ids.ts";

const key = new Uint8Array(32);
const clientId = (fill: number) =>
  formatClientId({ userId: newUserId(), deviceId: deviceIdOf(key.fill(fill)), orgId: orgIdOf(key) });
const roomId = roomIdOf(key);
const entry: FullEntry = {
  sequence: 1,
  kind: "application",
  epoch: 2,
  sender: clientId(1),
  submissionId: newSubmissionId(),
  time: 1000,
  bytes: Uint8Array.of(1, 2, 3),
};
const runningHash = (entries: readonly Entry[]) =>
  entries.map(digestOf).reduce(nextRunningHash, initialRunningHash(roomId));

test("every field changes the digest, the time and the proof of whoever heals itself, too (P4)", () => {
  const commit: FullEntry = { ...entry, kind: "commit", devices: [entry.sender] };
  const variants: FullEntry[] = [
    entry,
    commit,
    { ...commit, devices: [entry.sender, clientId(2)] },
    { ...commit, rejoin: Uint8Array.of(1) },
    { ...commit, rejoin: Uint8Array.of(2) },
    { ...commit, devices: [], rejoin: Uint8Array.of(1) },
    { ...entry, time: 5 },
    { ...entry, sequence: 2 },
    { ...entry, kind: "roles" },
    { ...entry, kind: "leave" },
    { ...entry, kind: "refound" },
    { ...entry, epoch: 3 },
    { ...entry, sender: clientId(3) },
    { ...entry, submissionId: newSubmissionId() },
    { ...entry, bytes: Uint8Array.of(1, 2, 4) },
    { ...entry, bytes: Uint8Array.of(1, 2) },
  ];
  const digests = variants.map((variant) => Buffer.from(entryDigest(variant)).toString("hex"));
  expect(new Set(digests).size).toBe(variants.length);
});

test("an expired entry keeps its part of the running hash (P7)", () => {
  const { bytes: _bytes, kind: _kind, ...position } = entry;
  const expired: Entry = { ...position, kind: "expired", digest: entryDigest(entry) };
  expect(runningHash([expired])).toEqual(runningHash([entry]));
  expect(decodeCbor(Entry, encodeCbor(expired))).toEqual({ ok: true, value: expired });
});

test("entries dropped, doubled or swapped give another running hash (M13, P4)", () => {
  const second: FullEntry = { ...entry, sequence: 2, submissionId: newSubmissionId() };
  const whole = runningHash([entry, second]);
  for (const other of [[entry], [second], [second, entry], [entry, entry, second], []])
    expect(runningHash(other)).not.toEqual(whole);
});

test("the same entries in another room give another running hash", () => {
  const elsewhere = initialRunningHash(roomIdOf(Uint8Array.of(1)));
  expect(nextRunningHash(elsewhere, digestOf(entry))).not.toEqual(runningHash([entry]));
});
