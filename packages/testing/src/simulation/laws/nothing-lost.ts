/** What an app shows as sent has arrived where it was sealed for, or whoever misses it is told (P1, P4). */
import type { ClientId, MessageId } from "@nimes/protocol/ids";
import { messagesIn, type RoomView } from "./room-view.ts";

/** Notices that stand for messages which somebody does not see. */
const accounts = ["loss", "fork", "expired", "unopened", "refused"];

/**
 * @param views of all officers, of one room.
 * @param wasTakenOut whose view of the room has a hole of which they know.
 */
export function sentToNobody(
  views: readonly RoomView[],
  sealedFor: ReadonlyMap<MessageId, ReadonlySet<ClientId>>,
  wasTakenOut: (view: RoomView) => boolean,
): string[] {
  return views.flatMap((writer) =>
    messagesIn(writer).flatMap(({ own, messageId, delivery }) => {
      if (!own || (delivery?.state !== "sent" && delivery?.state !== "delivered")) return [];
      const leaves = sealedFor.get(messageId);
      const blind = views.filter(
        (reader) =>
          reader !== writer &&
          leaves?.has(reader.me.clientId) &&
          reader.room.writable &&
          !wasTakenOut(reader) &&
          !isAccountedFor(reader, messageId),
      );
      return blind.map(
        ({ name }) => `${writer.name} has ${delivery.state} what ${name} never saw, and nobody is told`,
      );
    }),
  );
}

const isAccountedFor = ({ items }: RoomView, id: MessageId): boolean =>
  items.some((item) =>
    item.kind === "message" ? item.messageId === id : accounts.includes(item.notice.type),
  );
