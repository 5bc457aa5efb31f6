/** What a message does: one that came, an own one that the log shows, and one that is read again. Pure. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { NewerBody, OpenedContent } from "@nimes/protocol/content/content";
import type { Body } from "@nimes/protocol/content/kinds";
import type { ClientId, MessageId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Effect } from "../kinds/kind.ts";
import { effectsOf, isRow, marked, ownUnseen, type RowBody } from "../kinds/kinds.ts";
import {
  type Applied,
  type Knowledge,
  type KnownMessage,
  ownMessageIndex,
  type PlacedItem,
  type PlacedMessage,
} from "./apply-entries.ts";
import type { Tell } from "./apply-members.ts";
import type { SealedRecord } from "./outbox-record.ts";
import type { MissingPlace, RoomRecord } from "./room-record.ts";
import { checkSender, unknownSender } from "./sender-check.ts";
import type { StoredItem } from "./stored-item.ts";

/** @param at where it stands, see `placeTime`. */
type Opened = { sequence: number; at: number; sender: ClientId; content: OpenedContent };

export function applyContent(
  applied: Applied,
  { sequence, at, sender, content }: Opened,
  knowledge: Knowledge,
  out: { add(item: StoredItem): void; tell: Tell },
): void {
  const { messageId, body } = content;
  const known = knownIn(applied, messageId) ?? knowledge.knownMessage(messageId);
  // Sealed twice by a sender that was interrupted: receivers drop doubles by message id (P2).
  const double = known?.sender === sender;
  // What is sealed again for somebody else has a counter of its own; what was sealed twice has the same one.
  if (double && content.first === undefined) return;
  judgeSender(applied, { sequence, at, sender, content }, { knowledge, tell: out.tell });
  if (double) return;
  // An id belongs to whoever used it first; under it nobody keeps away what another has written, without a word.
  if (known && !known.unseen) {
    out.tell({ type: "unopened", sender: userOf(sender) });
    return;
  }
  // Sealed again for somebody who was there then; this device came later, and reads nothing from before.
  if (content.first !== undefined && content.first <= applied.room.enteredAt) return;
  if (content.first !== undefined)
    applied.room = withoutAsked(applied.room, { sequence: content.first, sender });
  const { receivedAt } = knowledge;
  interpret(
    applied,
    { sequence, sender, messageId, body, at },
    {
      knowledge,
      tell: out.tell,
      addRow: (row) =>
        out.add({ kind: "message", messageId, sender, at, sentAt: content.time, receivedAt, body: row }),
    },
  );
}

/** The log shows an own message, which leaves the outbox. */
export function applyOwn(
  applied: Applied,
  record: SealedRecord,
  place: { sequence: number; at: number; knowledge: Knowledge; tell: Tell },
): void {
  // The same bytes once more in one breath: it stands where they came first (P2).
  const { submissionId } = record.stage;
  if (applied.settled.some((one) => one.stage.submissionId === submissionId)) return;
  applied.settled.push(record);
  const { messageId, body, composedAt, stage } = record;
  const { room } = applied;
  applied.room = {
    ...room,
    ownCounter: Math.max(room.ownCounter, stage.counter),
    sealedSince: room.sealedSince + 1,
  };
  // What is sealed again stands in the timeline already.
  if (record.again !== undefined) return;
  const { sequence, at, knowledge, tell } = place;
  const sender = knowledge.self;
  interpret(
    applied,
    { sequence, sender, messageId, body, at },
    {
      knowledge,
      tell,
      addRow: (row) =>
        applied.items.push({
          sequence,
          index: ownMessageIndex,
          item: { kind: "message", messageId, sender, at, sentAt: composedAt, body: row },
        }),
    },
  );
}

/** A message of a kind that was not known when it came, and is now: what it does, it does where it stands. */
export function applyAgain(
  applied: Applied,
  { sequence, index, item }: PlacedMessage,
  again: { body: Body; knowledge: Knowledge },
): void {
  const { messageId, sender } = item;
  const { body, knowledge } = again;
  const { room } = applied;
  interpret(
    applied,
    { sequence, sender, messageId, body, at: item.at },
    {
      knowledge,
      tell: () => undefined,
      addRow: (row) => applied.items.push({ sequence, index, item: { ...item, body: row } }),
    },
  );
  // It was counted, and stood in the list, when it came.
  const { last } = room;
  const isLast = last?.messageId === messageId && isRow(body);
  applied.room = {
    ...applied.room,
    unread: room.unread,
    ...(last && { last: isLast ? { ...last, body } : last }),
  };
}

type Message = {
  sequence: number;
  sender: ClientId;
  messageId: MessageId;
  body: Body | NewerBody;
  at: number;
};
type Around = { knowledge: Knowledge; tell: Tell; addRow(body: RowBody | NewerBody): void };

/** Whatever kind it is of: its effects, one after the other. */
function interpret(applied: Applied, message: Message, around: Around): void {
  const { sequence, sender, messageId, body } = message;
  const { isEnded, self } = around.knowledge;
  if (!isRow(body)) {
    const own = sender === self ? ownUnseen(body) : undefined;
    applied.unseen.push({ messageId, sequence, sender, ...(own && { own }) });
  }
  for (const effect of effectsOf(body, { room: applied.room, isEnded, sender, messageId }))
    carryOut(applied, effect, { message, around });
}

function carryOut(
  applied: Applied,
  effect: Effect,
  { message, around }: { message: Message; around: Around },
): void {
  const { sequence, sender, messageId, body, at } = message;
  const { self } = around.knowledge;
  switch (effect.effect) {
    case "row": {
      if (!isRow(body)) break;
      around.addRow(body);
      const isOthers = userOf(sender) !== userOf(self);
      const { room } = applied;
      applied.room = {
        ...room,
        unread: room.unread + (isOthers ? 1 : 0),
        ...((room.last?.sequence ?? 0) <= sequence && { last: { messageId, sender, at, sequence, body } }),
      };
      break;
    }
    case "mark": {
      const target = messageAt(applied, around.knowledge, effect.target);
      // The log is in one order for all: what is not there has ended, or was before this device's time.
      if (!target || target.sequence >= sequence) break;
      const item = { ...target.item, marks: marked(target.item.marks ?? {}, effect.by, body) };
      applied.items = [...applied.items.filter((placed) => placed !== target), { ...target, item }];
      break;
    }
    case "room":
      if (effect.notice) around.tell(effect.notice);
      applied.room = { ...applied.room, ...effect.change };
      break;
    case "ask":
      if (sender !== self) applied.asks.push({ device: sender, sequences: effect.sequences });
      break;
    default:
      effect satisfies never;
  }
}

const isMessage = (placed: PlacedItem): placed is PlacedMessage => placed.item.kind === "message";

const messageAt = (
  { items }: Applied,
  knowledge: Knowledge,
  messageId: MessageId,
): PlacedMessage | undefined =>
  items.filter(isMessage).find(({ item }) => item.messageId === messageId) ?? knowledge.messageAt(messageId);

function knownIn({ items, unseen }: Applied, messageId: MessageId): KnownMessage | undefined {
  const row = items.filter(isMessage).find(({ item }) => item.messageId === messageId);
  if (row) return { sender: row.item.sender };
  const other = unseen.find((one) => one.messageId === messageId);
  return other && { sender: other.sender, unseen: true };
}

/** Losses, forks and older roles show in what each message says of the log. */
function judgeSender(
  applied: Applied,
  { sequence, sender, content }: Opened,
  { knowledge, tell }: { knowledge: Knowledge; tell: Tell },
): void {
  const { room } = applied;
  const user = userOf(sender);
  const known = room.senders[sender] ?? unknownSender;
  const hashAt = (at: number) =>
    at === room.cursor
      ? room.hash
      : (applied.log.find((row) => row.sequence === at)?.hash ?? knowledge.hashAt(at));
  const checked = checkSender(known, { sequence, content }, hashAt);
  for (const finding of checked.findings) tell({ ...finding, sender: user });
  // The version in force is sealed in every message: whoever was shown an older chain, or another one, learns it here.
  if (!knowsRoles(room, content) && !known.forked) {
    tell({ type: "fork", sender: user });
    checked.sender.forked = true;
  }
  const senders = { ...room.senders, [sender]: checked.sender };
  applied.room = confirmed({ ...room, senders }, content, hashAt);
}

/** What this device had asked for has come, from whoever wrote it. */
function withoutAsked({ asked, ...room }: RoomRecord, come: MissingPlace): RoomRecord {
  if (!asked) return room;
  const places = asked.places.filter(
    ({ sequence, sender }) => sequence !== come.sequence || sender !== come.sender,
  );
  return places.length === 0 ? room : { ...room, asked: { ...asked, places } };
}

const knowsRoles = ({ roles }: RoomRecord, { roles: sealed }: OpenedContent): boolean =>
  sealed.version < roles.version || (sealed.version === roles.version && equalBytes(sealed.hash, roles.hash));

/**
 * A member has seen the same log from where this device came in, or from where a backup was put back: its place in it is more
 * than the server's word.
 */
function confirmed(
  { entrance, restored, ...room }: RoomRecord,
  { seen }: OpenedContent,
  hashAt: (sequence: number) => Uint8Array | undefined,
): RoomRecord {
  const own = hashAt(seen.sequence);
  const isSame = own !== undefined && equalBytes(own, seen.hash);
  const isOpen = (place: { sequence: number }): boolean => !isSame || seen.sequence < place.sequence;
  return {
    ...room,
    ...(entrance && isOpen(entrance) && { entrance }),
    ...(restored && isOpen(restored) && { restored }),
  };
}
