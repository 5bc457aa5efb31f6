/**
 * Whether a GroupInfo is of the very group and epoch that this device is in: after a restored backup there may be two of one id
 * and one epoch, with other commits behind them. core-crypto does not tell the hashes of a group; but a commit made in it has
 * the next one beside it. So one is made that never leaves, and must be what follows from the GroupInfo.
 */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import type { GroupId } from "@nimes/protocol/ids";
import { parseGroupInfo } from "@nimes/protocol/mls/group-info";
import { parsePublicCommit } from "@nimes/protocol/mls/public-commit";
import { transcriptBehind } from "@nimes/protocol/mls/transcript";
import { inTransaction, rollBack } from "../core-crypto/transaction.ts";
import type { OwnCommitBytes } from "../gate/compare-own-commit.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { sendCommit } from "./send-commit.ts";

/** @param groupInfo an `MLSMessage`, as the server says. */
export function isSameGroup(session: MlsContext, groupId: GroupId, groupInfo: Uint8Array): Promise<boolean> {
  const conversation = conversationOf(groupId);
  return inTransaction(session, async (context) => {
    const given = parseGroupInfo(groupInfo);
    if (!given.ok || toHex(given.value.groupId) !== groupId) return rollBack(false);
    if (given.value.cipherSuite !== session.cipherSuite) return rollBack(false);
    if (!(await context.conversationExists(conversation))) return rollBack(false);
    const epoch = Number(await context.conversationEpoch(conversation));
    if (given.value.epoch !== epoch) return rollBack(false);
    const made = await sendCommit<boolean>(session, {
      make: () => context.updateKeyingMaterial(conversation),
      check: (bytes) => ({ stop: follows(given.value, bytes) }),
    });
    return rollBack(made.outcome === "stopped" && made.why);
  });
}

function follows(before: Parameters<typeof transcriptBehind>[0], bytes: OwnCommitBytes): boolean {
  const [commit, after] = [parsePublicCommit(bytes.commit), parseGroupInfo(bytes.groupInfo)];
  if (!commit.ok || !after.ok) throw new Error("an own commit does not read");
  return equalBytes(after.value.confirmedTranscriptHash, transcriptBehind(before, commit.value));
}
