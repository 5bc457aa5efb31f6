/** Opening one application message and holding its sender against the device chain (DESIGN §3, "The gate", 4). */
import { decodeContent } from "@nimes/protocol/content";
import type { FullEntry } from "@nimes/protocol/entry";
import {
  type DecryptedMessage as Decrypted,
  DecryptedMessage,
  MlsError_Tags,
} from "@wireapp/core-crypto/browser";
import { mlsErrorTag } from "../core-crypto/mls-errors.ts";
import type { Context } from "../core-crypto/transaction.ts";
import type { EntryOutcome, GateReason, Room } from "../e2ee.ts";
import { countsAt, standingOf } from "../gate/chain-lookup.ts";
import { checkHeader } from "../gate/check-header.ts";
import { leafOf } from "../gate/read-leaves.ts";
import { conversationOf, type Session } from "./session.ts";

type Where = { context: Context; room: Room; epoch: number };

/** A message that does not open leaves its neighbours in the same transaction alone. */
export async function openMessage(session: Session, where: Where, entry: FullEntry): Promise<EntryOutcome> {
  const refused = (reason: GateReason): EntryOutcome => ({
    outcome: "refused",
    sequence: entry.sequence,
    sender: entry.sender,
    reason,
  });
  const header = checkHeader(where.room.roomId, entry);
  if (!header.passes) return refused(header.reason);
  // core-crypto would keep it until that epoch comes; the ordered log never brings one honestly.
  if (header.epoch > where.epoch) return refused("unreadable");
  const decrypted = await decrypt(where, entry.bytes);
  if (decrypted === MlsError_Tags.DuplicateMessage) return { outcome: "duplicate", sequence: entry.sequence };
  if (decrypted === MlsError_Tags.MessageEpochTooOld) return { outcome: "too-old", sequence: entry.sequence };
  if (typeof decrypted !== "object" || !DecryptedMessage.Text.instanceOf(decrypted))
    return refused("unreadable");
  const sender = leafOf(decrypted.inner.identity);
  const standing = sender && standingOf(session.directory, sender);
  if (!standing || sender.clientId !== entry.sender || !countsAt(standing, entry.time))
    return refused("not-on-chain");
  const content = decodeContent(decrypted.inner.plaintext);
  if (!content.ok) return refused("unreadable");
  return {
    outcome: "content",
    sequence: entry.sequence,
    sender: sender.clientId,
    content: content.value,
  };
}

async function decrypt(where: Where, bytes: Uint8Array): Promise<Decrypted | MlsError_Tags | undefined> {
  try {
    return await where.context.decryptMessage(conversationOf(where.room.roomId), bytes);
  } catch (error) {
    return mlsErrorTag(error);
  }
}
