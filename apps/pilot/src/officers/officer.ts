/** A simulated officer: a real client that answers people, and never another simulated officer. */
import { setTimeout as pause } from "node:timers/promises";
import type { MessageItem, NimesClient, RoomDetail, TimelinePage } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import type { Reply } from "./replies.ts";
import { greeting, isAddressed, numberOf, replyTo } from "./replies.ts";

const pageLimit = 50;
/** People take a moment to read and type. */
const thinking = { leastMs: 500, spreadMs: 1_200 };

export type OfficerNeeds = {
  client: NimesClient;
  userId: UserId;
  /** Whether somebody is simulated too. */
  isSimulated: (userId: UserId) => boolean;
  picture: (number: number) => Blob;
  /** Hears of faults; the officer goes on with the next message. */
  onFault: (error: unknown) => void;
};

export type Officer = { stop(): Promise<void> };

/** Begins to answer: what waits unread, and whatever comes. */
export async function engage(needs: OfficerNeeds): Promise<Officer> {
  const { client, onFault } = needs;
  const stopping = new AbortController();
  /** Rooms that are being looked at; true when something came meanwhile. */
  const busy = new Map<RoomId, boolean>();
  const running = new Set<Promise<void>>();

  function look(roomId: RoomId): void {
    if (stopping.signal.aborted) return;
    if (busy.has(roomId)) return void busy.set(roomId, true);
    busy.set(roomId, false);
    const looking = answerRoom(needs, roomId, stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onFault(error);
      })
      .finally(() => {
        running.delete(looking);
        const again = busy.get(roomId);
        busy.delete(roomId);
        if (again) look(roomId);
      });
    running.add(looking);
  }

  const unsubscribe = await client.subscribe((change) => {
    if (change.of === "room") look(change.roomId);
    if (change.of === "rooms") lookEverywhere().catch(onFault);
  });
  const lookEverywhere = async () => {
    for (const room of await client.rooms()) look(room.roomId);
  };
  await lookEverywhere();
  return {
    async stop() {
      stopping.abort();
      unsubscribe();
      await Promise.all(running);
    },
  };
}

/** Answers what is unread in a room, once for all of it, then marks it as read. */
async function answerRoom(needs: OfficerNeeds, roomId: RoomId, signal: AbortSignal): Promise<void> {
  const { client } = needs;
  const room = await client.room(roomId);
  if (!room?.writable) return;
  const page = await client.timeline(roomId, { limit: pageLimit });
  if (mustGreet(needs, room, page)) {
    await think(signal);
    await client.sendText(roomId, greeting(numberOf(roomId) + numberOf(needs.userId)));
  }
  if (room.unread === 0) return;
  const last = page.items.findLast((item) => item.sequence !== undefined);
  const question = unreadOf(page).findLast((message) => !needs.isSimulated(message.sender.userId));
  if (question && isForMe(needs, room, question)) {
    await think(signal);
    await send(needs, roomId, replyTo(question.body, numberOf(question.messageId)));
  }
  if (last?.sequence !== undefined) await client.markRead(roomId, last.sequence);
}

function unreadOf({ items, firstUnread }: TimelinePage): MessageItem[] {
  const messages = items.filter((item) => item.kind === "message");
  const first = messages.findIndex(({ messageId }) => messageId === firstUnread);
  return messages.slice(Math.max(0, first)).filter(({ own }) => !own);
}

/** In a group one officer answers: whoever is addressed, or else one whom the message's id chooses. */
function isForMe(needs: OfficerNeeds, room: RoomDetail, message: MessageItem): boolean {
  if (room.kind === "direct") return true;
  const simulated = room.members.filter(
    ({ userId, state }) => state === "member" && needs.isSimulated(userId),
  );
  const words = message.body.kind === "text" ? message.body.text : "";
  const addressed = simulated.filter(({ displayName }) => isAddressed(words, displayName));
  const candidates = (addressed.length > 0 ? addressed : simulated).map(({ userId }) => userId).sort();
  return candidates[numberOf(message.messageId) % candidates.length] === needs.userId;
}

/** In a group that people made, as long as the officer has said nothing there. */
function mustGreet({ isSimulated }: OfficerNeeds, room: RoomDetail, page: TimelinePage): boolean {
  const isNew = !page.hasOlder && !page.items.some((item) => item.kind === "message" && item.own);
  return room.kind === "group" && isNew && room.members.some(({ userId }) => !isSimulated(userId));
}

async function send({ client, picture }: OfficerNeeds, roomId: RoomId, reply: Reply): Promise<void> {
  const number = numberOf(roomId) + (await client.rooms()).length;
  const sent =
    reply.kind === "text"
      ? await client.sendText(roomId, reply.text)
      : await client.sendPicture(roomId, { file: picture(number), caption: reply.caption });
  if (!sent.ok && sent.code !== "not-a-member") throw new Error(`an answer was refused: ${sent.code}`);
}

const think = (signal: AbortSignal): Promise<void> =>
  pause(thinking.leastMs + Math.random() * thinking.spreadMs, undefined, { signal });
