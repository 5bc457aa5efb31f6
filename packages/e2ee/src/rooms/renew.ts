/** Renewing the own leaf: who has stolen this device's state before reads nothing that is sealed behind it. */
import { inTransaction, keep, rollBack } from "../core-crypto/transaction.ts";
import type { RenewOutcome, Room, SubmitCommit } from "../e2ee.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { commitAsIntended } from "./own-commit.ts";
import { readClientIds } from "./read-client-ids.ts";

export function renew(session: MlsContext, { groupId }: Room, submit: SubmitCommit): Promise<RenewOutcome> {
  const conversation = conversationOf(groupId);
  return inTransaction<RenewOutcome>(session, async (context) => {
    // Taken out meanwhile: there is nothing left to renew.
    if (!(await context.conversationExists(conversation))) return rollBack({ outcome: "lost" });
    const epoch = Number(await context.conversationEpoch(conversation));
    const before = await readClientIds(context, conversation);
    const { cipherSuite } = session;
    const intent = { groupId, cipherSuite, epoch, before, add: [], remove: [] };
    const answer = await commitAsIntended(session, context, { intent, submit });
    return answer === "accepted"
      ? keep({ outcome: answer, epoch: epoch + 1 })
      : rollBack({ outcome: answer });
  });
}
