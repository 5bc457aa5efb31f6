import { entryDigest, type FullEntry, nextRunningHash } from "@nimes/protocol/entry";
import { type ClientId, newSubmissionId } from "@nimes/protocol/ids";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fastEntryDigest, fastRunningHash, submissionHashOf } from "./entry-hash.ts";

const sender = `00000000-0000-4000-8000-000000000000:${"a".repeat(32)}@${"b".repeat(32)}` as ClientId;

test("the append path's hashes are the protocol's", () => {
  const entries = fc.record({
    sequence: fc.nat(),
    kind: fc.constantFrom("roles", "leave", "commit", "refound", "application"),
    epoch: fc.nat(),
    time: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    devices: fc.option(fc.array(fc.constant(sender), { maxLength: 3 })),
    rejoin: fc.option(fc.uint8Array({ minLength: 1, maxLength: 80 })),
  });
  fc.assert(
    fc.property(
      entries,
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      ({ devices, rejoin, ...rest }, previous) => {
        const entry: FullEntry = {
          ...rest,
          sender,
          submissionId: newSubmissionId(),
          ...(devices && { devices }),
          ...(rejoin && { rejoin }),
        };
        const digest = fastEntryDigest(entry);
        expect([...digest]).toEqual([...entryDigest(entry)]);
        expect([...fastRunningHash(previous, digest)]).toEqual([...nextRunningHash(previous, digest)]);
      },
    ),
  );
});

test("a submission's hash changes with everything in it (P6)", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const commit = { kind: "commit", epoch: 1, bytes, groupInfo: bytes, devices: [sender] } as const;
  const all = [
    submissionHashOf({ kind: "application", epoch: 1, bytes }),
    submissionHashOf({ kind: "application", epoch: 2, bytes }),
    submissionHashOf({ kind: "application", epoch: 1, bytes: Uint8Array.of(1, 2) }),
    submissionHashOf({ ...commit, devices: [...commit.devices] }),
    submissionHashOf({ ...commit, devices: [] }),
    submissionHashOf({ ...commit, devices: [sender], welcome: bytes }),
    submissionHashOf({ ...commit, devices: [sender], groupInfo: Uint8Array.of(9) }),
  ].map((hash) => Buffer.from(hash).toString("hex"));
  expect(new Set(all).size).toBe(all.length);
});
