/**
 * Third rule of the gate (DESIGN §3): an own commit is compared with what was intended before it leaves. The group
 * info that goes with it holds the whole tree after the commit, so the comparison is leaf by leaf.
 */
import { equalBytes, fromHex, toHex } from "@nimes/protocol/bytes";
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import { type CommitProposal, parseCommitProposals } from "@nimes/protocol/mls/commit";
import { parseGroupInfo } from "@nimes/protocol/mls/group-info";
import { mlsIdentityBytes } from "@nimes/protocol/mls/identity";
import { readMlsHeader } from "@nimes/protocol/mls-header";

export type OwnCommitIntent = {
  groupId: GroupId;
  cipherSuite: number;
  /** Epoch that the commit ends. */
  epoch: number;
  before: readonly ClientId[];
  /** Devices with the key packages they are added by. */
  add: readonly { clientId: ClientId; keyPackage: Uint8Array }[];
  remove: readonly ClientId[];
};

export type OwnCommitBytes = { commit: Uint8Array; groupInfo: Uint8Array; welcome: Uint8Array | undefined };

/** Client ids of all leaves after the commit. */
export const devicesAfter = ({ before, add, remove }: OwnCommitIntent): ClientId[] => [
  ...before.filter((clientId) => !remove.includes(clientId)),
  ...add.map(({ clientId }) => clientId),
];

/** Whether the commit does what was intended and nothing else. */
export function isAsIntended(intent: OwnCommitIntent, bytes: OwnCommitBytes): boolean {
  return (
    proposalsFit(intent, bytes.commit) &&
    treeFits(intent, bytes.groupInfo) &&
    (bytes.welcome !== undefined) === intent.add.length > 0
  );
}

function proposalsFit(intent: OwnCommitIntent, commit: Uint8Array): boolean {
  const header = readMlsHeader(commit);
  if (!header.ok || header.value.wireFormat !== "public-message") return false;
  const { groupId, epoch, sender, contentType, contentOffset } = header.value;
  if (contentType !== "commit" || sender.type !== "member") return false;
  if (epoch !== intent.epoch || !equalBytes(groupId, fromHex(intent.groupId))) return false;
  const proposals = parseCommitProposals(commit.subarray(contentOffset));
  if (!proposals.ok) return false;
  const removes = proposals.value.filter(({ type }) => type === "remove").length;
  const adds = proposals.value.filter((proposal) => isIntendedAdd(intent, proposal)).length;
  return (
    removes === intent.remove.length &&
    adds === intent.add.length &&
    proposals.value.length === adds + removes
  );
}

const isIntendedAdd = (intent: OwnCommitIntent, proposal: CommitProposal): boolean =>
  proposal.type === "add" &&
  intent.add.some(({ keyPackage }) => equalBytes(keyPackage, proposal.keyPackage.bytes));

function treeFits(intent: OwnCommitIntent, groupInfo: Uint8Array): boolean {
  const parsed = parseGroupInfo(groupInfo);
  if (!parsed.ok) return false;
  const { groupId, epoch, cipherSuite, leaves } = parsed.value;
  if (!equalBytes(groupId, fromHex(intent.groupId))) return false;
  if (epoch !== intent.epoch + 1 || cipherSuite !== intent.cipherSuite) return false;
  const expected = new Set(devicesAfter(intent).map((clientId) => toHex(mlsIdentityBytes(clientId))));
  const found = leaves.map(({ identity }) => (identity ? toHex(identity) : ""));
  return (
    found.length === expected.size &&
    new Set(found).size === found.length &&
    found.every((identity) => expected.has(identity))
  );
}
