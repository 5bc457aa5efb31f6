/** The proposals inside a `Commit` (RFC 9420, section 12.4) of a PublicMessage. */
import type { Result } from "../result.ts";
import type { TlsReader } from "../tls-reader.ts";
import { readTls } from "../tls-reader.ts";
import type { KeyPackage } from "./key-package.ts";
import { readKeyPackage } from "./key-package.ts";

export type CommitProposal =
  | { type: "add"; keyPackage: KeyPackage }
  | { type: "remove"; leaf: number }
  /** Of an external commit. */
  | { type: "external-init" }
  /** By reference, or of a kind that this protocol has no use for. What follows it was not read. */
  | { type: "other" };

/** @param content bytes of the message from the commit on. */
export const parseCommitProposals = (content: Uint8Array): Result<CommitProposal[]> =>
  readTls(content, (reader) => {
    const inner = readTls(reader.opaque(), readProposals);
    return inner.ok ? inner.value : reader.fail();
  });

function readProposals(reader: TlsReader): CommitProposal[] {
  const proposals: CommitProposal[] = [];
  while (!reader.atEnd) {
    const proposal = readProposal(reader);
    proposals.push(proposal);
    if (proposal.type === "other") break;
  }
  return proposals;
}

function readProposal(reader: TlsReader): CommitProposal {
  const byValue = reader.uint8() === 1;
  if (!byValue) return { type: "other" };
  switch (reader.uint16()) {
    case 1:
      return { type: "add", keyPackage: readKeyPackage(reader) };
    case 3:
      return { type: "remove", leaf: reader.uint32() };
    case 6:
      reader.opaque(); // kem_output
      return { type: "external-init" };
    default:
      return { type: "other" };
  }
}
