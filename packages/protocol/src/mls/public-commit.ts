/**
 * A commit in a PublicMessage (RFC 9420, sections 6.2 and 12.4), read to its end: what of it can be seen without the
 * group's secrets. Bytes that are cut, or stand behind it, are malformed.
 */
import { readMlsHeader } from "../mls-header.ts";
import type { Result } from "../result.ts";
import { ok, refuse } from "../result.ts";
import type { TlsReader } from "../tls-reader.ts";
import { readTls } from "../tls-reader.ts";
import type { CommitProposal } from "./commit.ts";
import { parseCommitProposals } from "./commit.ts";
import { readLeafNode } from "./leaf-node.ts";

export type PublicCommit = {
  groupId: Uint8Array;
  /** Epoch that the commit ends. */
  epoch: number;
  /** `joiner`: an external commit, of somebody who says to come in by it. */
  by: "member" | "joiner";
  proposals: CommitProposal[];
  /** `ConfirmedTranscriptHashInput` (RFC 9420, section 8.2): wire format, content and signature, as encoded. */
  transcribed: Uint8Array;
};

/** `ProtocolVersion`, which stands before the wire format. */
const versionBytes = 2;

/** @returns `malformed` for anything but such a commit; proposals by reference and unknown ones come as `other`. */
export function parsePublicCommit(bytes: Uint8Array): Result<PublicCommit> {
  const header = readMlsHeader(bytes);
  if (!header.ok) return header;
  const message = header.value;
  if (message.wireFormat !== "public-message" || message.contentType !== "commit") return refuse("malformed");
  const { groupId, epoch, sender, contentOffset } = message;
  if (sender.type === "outsider") return refuse("malformed");
  const content = bytes.subarray(contentOffset);
  const proposals = parseCommitProposals(content);
  if (!proposals.ok) return proposals;
  const rest = readTls(content, (reader) => readToEnd(reader, sender.type === "member"));
  if (!rest.ok) return rest;
  const transcribed = bytes.subarray(versionBytes, contentOffset + rest.value.signedTo);
  return ok({ groupId, epoch, by: sender.type, proposals: proposals.value, transcribed });
}

/** @returns where the signature ends. */
function readToEnd(reader: TlsReader, byMember: boolean): { signedTo: number } {
  reader.opaque(); // proposals
  reader.optional((path) => {
    readLeafNode(path);
    path.opaque(); // nodes
    return true;
  });
  reader.opaque(); // signature
  const signedTo = reader.offset;
  reader.opaque(); // confirmation_tag
  if (byMember) reader.opaque(); // membership_tag
  if (!reader.atEnd) reader.fail();
  return { signedTo };
}
