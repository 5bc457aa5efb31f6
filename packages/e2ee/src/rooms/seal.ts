/** Sealing: contents become MLS application messages, in order, in one transaction. */
import { type Content, encodeContent } from "@nimes/protocol/content";
import { inTransaction, keep, rollBack } from "../core-crypto/transaction.ts";
import type { Room } from "../e2ee.ts";
import { conversationOf, type Session } from "./session.ts";

/** @returns undefined, and nothing was done, when the room is not at this epoch any more or this device not in it. */
export function seal(
  session: Session,
  room: Room,
  contents: readonly Content[],
  epoch: number,
): Promise<Uint8Array[] | undefined> {
  const conversation = conversationOf(room.roomId);
  return inTransaction<Uint8Array[] | undefined>(session, async (context) => {
    const isThere = await context.conversationExists(conversation);
    if (!isThere || Number(await context.conversationEpoch(conversation)) !== epoch)
      return rollBack(undefined);
    const sealed: Uint8Array[] = [];
    for (const content of contents)
      sealed.push(await context.encryptMessage(conversation, encodeContent(content)));
    return keep(sealed);
  });
}
