/** The readers of MLS structures against what two implementations make, and against anything else. */

import {
  addForger,
  forgeCommit,
  keyPackageBytes,
  letForgerIn,
  removeProposal,
} from "@nimes/testing/e2ee/forger";
import { makeRoom, oneKeyPackage } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { equalBytes } from "../bytes.ts";
import { readMlsHeader } from "../mls-header.ts";
import { parseCommitProposals } from "./commit.ts";
import { parseGroupInfo } from "./group-info.ts";
import { mlsIdentityBytes, mlsThumbprintOf } from "./identity.ts";
import { keyPackageSignaturesHold, parseKeyPackage } from "./key-package.ts";

type Samples = Awaited<ReturnType<typeof makeSamples>>;
const made: { samples?: Samples } = {};
beforeAll(async () => {
  made.samples = await makeSamples();
});
function samples(): Samples {
  if (!made.samples) throw new Error("not made yet");
  return made.samples;
}

async function makeSamples() {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const mallory = await addForger(circle);
  const log = await makeRoom(circle, anna, [bert]);
  await letForgerIn(log, anna, mallory);
  const removal = await forgeCommit(mallory, [removeProposal(mallory, bert.clientId)]);
  const contents = [...log.entries.map(({ bytes }) => bytes), removal.bytes].map((bytes) => {
    const header = readMlsHeader(bytes);
    if (!header.ok || header.value.wireFormat !== "public-message") throw new Error("no public message");
    return bytes.subarray(header.value.contentOffset);
  });
  return {
    people: [anna, bert, mallory],
    groupInfo: log.groupInfo ?? new Uint8Array(),
    contents,
    keyPackages: [await oneKeyPackage(bert.e2ee), keyPackageBytes(mallory.keys)],
  };
}

test("key packages of both implementations are read, and their signatures hold", async () => {
  const { keyPackages, people } = samples();
  for (const bytes of keyPackages) {
    const parsed = parseKeyPackage(bytes);
    if (!parsed.ok) throw new Error("does not read");
    expect(equalBytes(parsed.value.bytes, bytes)).toBe(true);
    expect(await keyPackageSignaturesHold(parsed.value)).toBe(true);
    const { signatureKey, identity } = parsed.value.leaf;
    const owner = people.find(({ mlsThumbprint }) =>
      equalBytes(mlsThumbprint, mlsThumbprintOf(signatureKey)),
    );
    expect(owner && identity && equalBytes(identity, mlsIdentityBytes(owner.clientId))).toBe(true);
  }
});

test("a group info shows every leaf of the tree", () => {
  const { groupInfo, people } = samples();
  const parsed = parseGroupInfo(groupInfo);
  if (!parsed.ok) throw new Error("does not read");
  expect(parsed.value.epoch).toBe(2);
  const found = parsed.value.leaves.map(({ identity }) => new TextDecoder().decode(identity)).sort();
  const expected = people.map(({ clientId }) => new TextDecoder().decode(mlsIdentityBytes(clientId))).sort();
  expect(found).toEqual(expected);
});

test("the proposals of commits are read", () => {
  const kinds = samples().contents.map((content) => {
    const parsed = parseCommitProposals(content);
    return parsed.ok ? parsed.value.map(({ type }) => type) : "malformed";
  });
  expect(kinds).toEqual([["add"], ["add"], ["remove"]]);
});

test("whatever is changed or cut, the answer is a value or a refusal, never an exception (M9)", () => {
  const { groupInfo, contents, keyPackages } = samples();
  const readers = [
    { read: parseKeyPackage, originals: keyPackages },
    { read: parseGroupInfo, originals: [groupInfo] },
    { read: parseCommitProposals, originals: contents },
  ];
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  for (const { read, originals } of readers)
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        (original, changes, cut) => {
          const bytes = Uint8Array.from(
            original.subarray(0, original.byteLength - (cut % 7 === 0 ? cut % 400 : 0)),
          );
          for (const [place, value] of changes)
            if (bytes.byteLength > 0) bytes[place % bytes.byteLength] = value;
          expect(typeof read(bytes).ok).toBe("boolean");
        },
      ),
      { numRuns: 1000 },
    );
});
