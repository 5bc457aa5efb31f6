/** Who is in a group, by our client ids. */
import type { ClientId } from "@nimes/protocol/ids";
import { fromMlsIdentity } from "@nimes/protocol/mls/identity";
import type { ConversationId, CoreCrypto } from "@wireapp/core-crypto/browser";

/** @throws Error for a client that is none of ours: the gate has let no such leaf in. */
export async function readClientIds(
  source: Pick<CoreCrypto, "getClientIds">,
  conversation: ConversationId,
): Promise<ClientId[]> {
  const identities = await source.getClientIds(conversation);
  return identities.map((identity) => {
    const clientId = fromMlsIdentity(identity.copyBytes());
    if (!clientId) throw new Error("a leaf that is no client of ours");
    return clientId;
  });
}
