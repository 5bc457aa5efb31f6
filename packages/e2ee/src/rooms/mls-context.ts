/** What every operation on rooms works with: one open core-crypto instance of one device. */
import { fromHex } from "@nimes/protocol/bytes";
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import {
  type CipherSuite,
  ConversationId,
  type CredentialRef,
  type CommitBundle as MlsCommitBundle,
} from "@wireapp/core-crypto/browser";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { OpenCore } from "../core-crypto/transaction.ts";
import type { Leaves } from "../gate/read-leaves.ts";

export type MlsContext = OpenCore & {
  credential: CredentialRef;
  clientId: ClientId;
  /** Of the key in the own leaves. */
  mlsThumbprint: Uint8Array;
  cipherSuite: CipherSuite;
  directory: DirectoryLookup;
  /** Where core-crypto hands over a commit; set inside the transaction that makes it, and only there. */
  outgoing: { handler: OutgoingCommit | undefined };
  /** What was read last of each group, see known-tree. `mark`: hash of the exporter secret, which itself is not kept. */
  knownTrees: Map<GroupId, { mark: Uint8Array; tree: Leaves }>;
  now(): number;
};

/** Takes a commit to the server. Must never throw. @returns whether it was accepted. */
export type OutgoingCommit = (bundle: MlsCommitBundle) => Promise<boolean>;

export const conversationOf = (groupId: GroupId): ConversationId => new ConversationId(fromHex(groupId));
