/** `GroupInfo` with its ratchet tree (RFC 9420, sections 12.4.3 and 12.4.3.3): which leaves a commit leads to. */

import { mlsVersion } from "@nimes/protocol/mls-header";
import type { Result } from "@nimes/protocol/result";
import type { TlsReader } from "@nimes/protocol/tls-reader";
import { readTls } from "@nimes/protocol/tls-reader";
import type { LeafNode } from "./leaf-node.ts";
import { readExtensions, readLeafNode } from "./leaf-node.ts";

const ratchetTreeExtension = 2;
const groupInfoFormat = 4;

export type GroupInfo = { cipherSuite: number; groupId: Uint8Array; epoch: number; leaves: LeafNode[] };

/** A group info as an `MLSMessage`. @returns `malformed` also when it carries no tree. */
export function parseGroupInfo(bytes: Uint8Array): Result<GroupInfo> {
  return readTls(bytes, (reader) => {
    if (reader.uint16() !== mlsVersion || reader.uint16() !== groupInfoFormat) reader.fail();
    if (reader.uint16() !== mlsVersion) reader.fail();
    const cipherSuite = reader.uint16();
    const groupId = reader.opaque();
    const epoch = reader.uint64();
    reader.opaque(); // tree_hash
    reader.opaque(); // confirmed_transcript_hash
    readExtensions(reader); // of the group context
    const tree = readExtensions(reader).find(({ type }) => type === ratchetTreeExtension);
    if (!tree) return reader.fail();
    const leaves = readTls(tree.data, (inner) => inner.vector((node) => node.optional(readNode)));
    if (!leaves.ok) return reader.fail();
    return { cipherSuite, groupId, epoch, leaves: leaves.value.filter((node) => node !== undefined) };
  });
}

/** `Node`. @returns the leaf, undefined for a parent. */
function readNode(reader: TlsReader): LeafNode | undefined {
  switch (reader.uint8()) {
    case 1:
      return readLeafNode(reader);
    case 2:
      reader.opaque(); // encryption_key
      reader.opaque(); // parent_hash
      reader.opaque(); // unmerged_leaves
      return undefined;
    default:
      return reader.fail();
  }
}
