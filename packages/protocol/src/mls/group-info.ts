/** `GroupInfo` with its ratchet tree (RFC 9420, sections 12.4.3 and 12.4.3.3): which leaves a commit leads to. */

import { mlsVersion } from "../mls-header.ts";
import type { Result } from "../result.ts";
import type { TlsReader } from "../tls-reader.ts";
import { readTls } from "../tls-reader.ts";
import type { LeafNode } from "./leaf-node.ts";
import { readExtensions, readLeafNode } from "./leaf-node.ts";

const ratchetTreeExtension = 2;
const groupInfoFormat = 4;

/** `leaves` from left to right, without the blank ones. `signer`: the leaf that says to have signed it. */
export type GroupInfo = {
  cipherSuite: number;
  groupId: Uint8Array;
  epoch: number;
  confirmedTranscriptHash: Uint8Array;
  /** `MAC confirmation_tag`, as encoded. */
  confirmationTag: Uint8Array;
  leaves: LeafNode[];
  signer: LeafNode | undefined;
};

/** A group info as an `MLSMessage`, to its end. @returns `malformed` also when it carries no tree. */
export function parseGroupInfo(bytes: Uint8Array): Result<GroupInfo> {
  return readTls(bytes, (reader) => {
    if (reader.uint16() !== mlsVersion || reader.uint16() !== groupInfoFormat) reader.fail();
    if (reader.uint16() !== mlsVersion) reader.fail();
    const cipherSuite = reader.uint16();
    const groupId = reader.opaque();
    const epoch = reader.uint64();
    reader.opaque(); // tree_hash
    const confirmedTranscriptHash = reader.opaque();
    readExtensions(reader); // of the group context
    const tree = readExtensions(reader).find(({ type }) => type === ratchetTreeExtension);
    if (!tree) return reader.fail();
    const nodes = readTls(tree.data, (inner) => inner.vector((node) => node.optional(readNode)));
    if (!nodes.ok) return reader.fail();
    const tagAt = reader.offset;
    reader.opaque(); // confirmation_tag
    const confirmationTag = reader.since(tagAt);
    // Leaves and parents take turns.
    const signer = nodes.value[2 * reader.uint32()];
    reader.opaque(); // signature
    if (!reader.atEnd) reader.fail();
    const leaves = nodes.value.filter((node) => node !== undefined);
    return { cipherSuite, groupId, epoch, confirmedTranscriptHash, confirmationTag, leaves, signer };
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
