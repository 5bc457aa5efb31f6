/** What every operation on rooms works with: one open core-crypto instance of one device. */
import { fromHex } from "@nimes/protocol/bytes";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import {
  type CipherSuite,
  ConversationId,
  type CredentialRef,
  type CommitBundle as MlsCommitBundle,
} from "@wireapp/core-crypto/browser";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { OpenCore } from "../core-crypto/transaction.ts";

export type Session = OpenCore & {
  credential: CredentialRef;
  clientId: ClientId;
  cipherSuite: CipherSuite;
  directory: DirectoryLookup;
  /** Where core-crypto hands over a commit; set inside the transaction that makes it, and only there. */
  outgoing: { handler: OutgoingCommit | undefined };
  now(): number;
};

/** Takes a commit to the server. Must never throw. @returns whether it was accepted. */
export type OutgoingCommit = (bundle: MlsCommitBundle) => Promise<boolean>;

/** The MLS group of a room has the room's id. */
export const conversationOf = (roomId: RoomId): ConversationId => new ConversationId(fromHex(roomId));
