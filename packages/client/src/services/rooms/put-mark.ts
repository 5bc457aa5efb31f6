/** Puts something on a message: a reaction. */

import { encodeCbor } from "@nimes/protocol/cbor";
import { decodeBody } from "@nimes/protocol/content/content";
import type { RoomId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { type MarkBody, targetOf } from "../../kinds/kinds.ts";
import type { Store } from "../../ports/store.ts";
import type { Outbox } from "../delivery/outbox.ts";
import { readMessage } from "./room-knowledge.ts";

/** @returns `not-found` where the message has ended or stands nowhere in the log yet. */
export async function putMark(
  { outbox, store }: { outbox: Outbox; store: Store },
  roomId: RoomId,
  body: MarkBody,
): Promise<Result<void>> {
  const target = targetOf(body);
  if (!decodeBody(encodeCbor(body)).ok || target === undefined) return refuse("malformed", "body");
  if (!(await readMessage(store, roomId, target))) return refuse("not-found");
  // Who changes their mind without network sends what counts in the end.
  for (const { body: earlier, messageId, again } of outbox.records(roomId)) {
    const isSame = earlier.kind === body.kind && targetOf(earlier) === target;
    // What somebody has asked for is an answer, whatever counts in the end.
    if (isSame && again === undefined) await outbox.discard(roomId, messageId);
  }
  await outbox.compose(roomId, body);
  return ok(undefined);
}
