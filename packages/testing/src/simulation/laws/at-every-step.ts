/** What holds at any moment, whatever the server says. Each law is a function of views and ledger, and planted in its test. */
import type { ClientId } from "@nimes/protocol/ids";
import type { Ledger, Word } from "../ledger.ts";
import { messagesIn, type RoomView, wordOf } from "./room-view.ts";

/** Members shown are the leaves of the tree. */
export function shownIsNotTree({ name, room, members, tree }: RoomView): string[] {
  if (!room.writable) return [];
  const shown = members.flatMap(({ devices, ended }) => [...devices, ...(ended ?? [])]);
  const ids = shown.map(({ clientId }) => clientId);
  const unseen = tree.filter((leaf) => !ids.includes(leaf));
  const surplus = ids.filter((id) => !tree.includes(id));
  return [
    ...(unseen.length > 0 ? [`${name} does not show ${unseen.length} of those who read`] : []),
    ...(surplus.length > 0 ? [`${name} shows ${surplus.length} who do not read`] : []),
  ];
}

/** Nobody is shown what was not sealed for the own device. */
export function readsWhatWasNotMeant({ name, me, ...view }: RoomView, { sealedFor }: Ledger): string[] {
  return messagesIn(view).flatMap(({ own, messageId }) => {
    const leaves = own ? undefined : sealedFor.get(messageId);
    return leaves && !leaves.has(me.clientId) ? [`${name} reads what was not sealed for this phone`] : [];
  });
}

/** Each message once, in its room, under its sender. */
export function misplaced(view: RoomView, { words }: Ledger): string[] {
  const seen = new Set<string>();
  return messagesIn(view).flatMap((item) => {
    const text = wordOf(item);
    const word = words.find((one) => one.text === text);
    const isTwice = text !== "" && seen.has(text);
    seen.add(text);
    return [
      ...(isTwice ? [`${view.name} is shown a message twice`] : []),
      ...(word && !isItsRoom(view, word) ? [`${view.name} is shown a message in another room`] : []),
      ...(word && item.sender.userId !== word.by
        ? [`${view.name} is shown a message under another name`]
        : []),
    ];
  });
}

/**
 * In no second room either. What waits in a room may move into the one that the pair turns out to have, between the looks
 * at the two: only what stays is a fault.
 */
export function inTwoRooms(views: readonly RoomView[]): string[] {
  const seen = new Set<string>();
  return views.flatMap((view) => {
    const texts = new Set(messagesIn(view).map(wordOf));
    texts.delete("");
    const twice = texts.intersection(seen);
    for (const text of texts) seen.add(text);
    return twice.size > 0 ? [`${view.name} is shown a message in two rooms`] : [];
  });
}

/** A pair may have got another room meanwhile. */
function isItsRoom({ room, me }: RoomView, { roomId, peer, by }: Word): boolean {
  if (room.roomId === roomId) return true;
  return peer !== undefined && room.peer === (me.userId === by ? peer : by);
}

/** Words of this device that its app does not show any more. */
export const vanished = (
  views: readonly RoomView[],
  { words }: Ledger,
  clientId: ClientId,
): readonly Word[] => {
  const shown = new Set(views.flatMap((view) => messagesIn(view).map(wordOf)));
  return words.filter(({ from, text }) => from === clientId && !shown.has(text));
};
