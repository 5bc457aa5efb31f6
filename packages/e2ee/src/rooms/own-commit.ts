/** A commit of a member: compared with what was intended, then brought to the server. */
import { KeyPackage } from "@wireapp/core-crypto/browser";
import { toMlsIdentity } from "../core-crypto/mls-identity.ts";
import type { Context } from "../core-crypto/transaction.ts";
import type { Answer, CommitBundle, SubmitCommit } from "../e2ee.ts";
import {
  devicesAfter,
  isAsIntended,
  type OwnCommitBytes,
  type OwnCommitIntent,
} from "../gate/compare-own-commit.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { sendCommit } from "./send-commit.ts";

/** @throws Error when the commit is not what was intended (`own-commit`): a bug, and it has not left. */
export async function commitAsIntended(
  session: MlsContext,
  context: Context,
  { intent, submit }: { intent: OwnCommitIntent; submit: SubmitCommit },
): Promise<Answer> {
  const sent = await sendCommit<Error>(session, {
    make: () => makeCommit(context, intent),
    check: (bytes) =>
      isAsIntended(intent, bytes)
        ? { send: () => submit(bundleOf(intent, bytes)) }
        : { stop: new Error("own-commit: the commit is not what was intended") },
  });
  if (sent.outcome === "stopped") throw sent.why;
  return sent.outcome;
}

/** Whoever neither adds nor removes renews the own leaf: new keys for all, from here to the root. */
function makeCommit(context: Context, { groupId, add, remove }: OwnCommitIntent): Promise<unknown> {
  const conversation = conversationOf(groupId);
  if (remove.length > 0)
    return context.removeClientsFromConversation(conversation, remove.map(toMlsIdentity));
  if (add.length > 0)
    return context.addClientsToConversation(
      conversation,
      add.map(({ keyPackage }) => new KeyPackage(keyPackage)),
    );
  return context.updateKeyingMaterial(conversation);
}

function bundleOf(intent: OwnCommitIntent, bytes: OwnCommitBytes): CommitBundle {
  const { commit, groupInfo, welcome } = bytes;
  const { groupId, epoch, before } = intent;
  const devices = devicesAfter(intent);
  return { groupId, epoch, commit, groupInfo, before: [...before], devices, ...(welcome && { welcome }) };
}
