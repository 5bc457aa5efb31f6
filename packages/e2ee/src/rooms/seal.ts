/** Sealing: contents become MLS application messages, in order, in one transaction. */
import { type Content, encodeContent } from "@nimes/protocol/content";
import { inTransaction, keep } from "../core-crypto/transaction.ts";
import type { Room } from "../e2ee.ts";
import { conversationOf, type Session } from "./session.ts";

/** @throws Error when this device is not in the room: who asks must have looked. */
export function seal(
  session: Session,
  room: Room,
  contents: readonly Content[],
): Promise<{ epoch: number; sealed: Uint8Array[] }> {
  const conversation = conversationOf(room.roomId);
  return inTransaction(session, async (context) => {
    const epoch = Number(await context.conversationEpoch(conversation));
    const sealed: Uint8Array[] = [];
    for (const content of contents)
      sealed.push(await context.encryptMessage(conversation, encodeContent(content)));
    return keep({ epoch, sealed });
  });
}
