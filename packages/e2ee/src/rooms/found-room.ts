/** Founding a room: an MLS group with one leaf. */

import { inTransaction, keep } from "../core-crypto/transaction.ts";
import type { Room } from "../e2ee.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";

/** @throws Error when the roles name another founder: a bug of the caller. */
export async function foundRoom(session: MlsContext, room: Room): Promise<void> {
  if (room.roles.author !== session.clientId || room.roles.roomId !== room.roomId)
    throw new Error("a room is founded by the device that its roles name");
  const conversation = conversationOf(room.groupId);
  await inTransaction(session, async (context) => {
    if (!(await context.conversationExists(conversation)))
      await context.createConversation(conversation, session.credential);
    return keep(undefined);
  });
}
