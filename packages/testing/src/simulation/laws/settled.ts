/** What must hold when everything works again: nothing promised is lost, nothing doubled, and everybody saw the same. */
import type { MessageItem, Notice, TimelineItem } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import type { Officer } from "../../scenarios/officers.ts";
import * as act from "../../scenarios/officers.ts";

export type Witness = {
  officer: Officer;
  /** What the device has promised to send: it said that it is stored. */
  promised: string[];
};

/** One officer's view of one room. */
type View = { officer: Officer; writable: boolean; isAlone: boolean; items: TimelineItem[] };

/** Notices that honest officers and an honest server never cause. */
const alarming: readonly Notice["type"][] = ["loss", "fork", "unopened", "refused", "expired"];

/**
 * @param wasTakenOut whether somebody was taken out of a room: what they wrote at that very moment cannot be opened by
 *   whoever took them out, and is not compared.
 * @returns what is not as it must be, in words; empty when all is well.
 */
export async function faultsOf(
  witnesses: readonly Witness[],
  wasTakenOut: (roomId: RoomId, userId: UserId) => boolean,
): Promise<string[]> {
  const rooms = new Map<RoomId, View[]>();
  for (const { officer } of witnesses)
    for (const { roomId, writable, people } of await officer.client.rooms()) {
      const items = await act.itemsOf(officer, roomId);
      const view = { officer, writable, isAlone: people === 1, items };
      rooms.set(roomId, [...(rooms.get(roomId) ?? []), view]);
    }
  const single = await Promise.all(
    witnesses.map(async (witness) => {
      const views = [...rooms.values()].flat().filter(({ officer }) => officer === witness.officer);
      return [...(await unfinished(witness.officer)), ...broken(witness, views)];
    }),
  );
  const shared = [...rooms].flatMap(([roomId, views]) => {
    const isExcused = (name: string): boolean =>
      witnesses.some(({ officer }) => officer.name === name && wasTakenOut(roomId, officer.me.userId));
    return [...alarms(views, isExcused), ...differences(views, isExcused)].map(
      (fault) => `${roomId.slice(0, 6)}: ${fault}; ${views.map(tale).join("; ")}`,
    );
  });
  return [...single.flat(), ...shared];
}

/** What an officer still waits for. */
async function unfinished({ name, client }: Officer): Promise<string[]> {
  const state = await client.state();
  const rooms = await client.rooms();
  const details = await Promise.all(rooms.map(({ roomId }) => client.room(roomId)));
  const pending = details
    .flatMap((room) => room?.members ?? [])
    .filter((member) => member.state === "pending");
  const peers = rooms.flatMap(({ peer }) => (peer ? [peer] : []));
  return [
    ...(state.state !== "ready" ? [`${name} is ${state.state}`] : []),
    ...(state.state === "ready" && state.connection.state !== "online" ? [`${name} is not online`] : []),
    ...pending.map(({ displayName }) => `${name} waits for ${displayName}`),
    ...(new Set(peers).size < peers.length ? [`${name} has two rooms with one person`] : []),
  ];
}

/**
 * Promises that are not kept: each word is there once, accepted, or given up because its sender is not in the room. Where
 * nobody else is left, it may wait for somebody to come.
 */
function broken({ officer, promised }: Witness, views: readonly View[]): string[] {
  const own = views.flatMap((view) =>
    view.items.flatMap((item) => (item.kind === "message" && item.own ? [{ item, view }] : [])),
  );
  return promised.flatMap((word) => {
    const [first, ...more] = own.filter(({ item }) => wordOf(item) === word);
    if (!first || more.length > 0)
      return [`${officer.name} has "${word}" ${first ? more.length + 1 : 0} times`];
    const { item, view } = first;
    const waits = item.delivery?.state === "waiting" || item.delivery?.state === "uploading";
    const isKept = view.writable ? item.sequence !== undefined || view.isAlone : !waits;
    return isKept ? [] : [`"${word}" is ${stateOf(item)}; ${tale(view)}`];
  });
}

const stateOf = ({ delivery }: MessageItem): string =>
  delivery?.state === "wedged" ? `wedged (${delivery.reason})` : (delivery?.state ?? "nowhere");

const alarms = (views: readonly View[], isExcused: (name: string) => boolean): string[] =>
  views.flatMap(({ officer, items }) =>
    items.flatMap((item) => {
      if (item.kind !== "notice" || !alarming.includes(item.notice.type)) return [];
      if ("sender" in item.notice && isExcused(item.notice.sender)) return [];
      return [`${officer.name} reads at ${item.sequence} ${JSON.stringify(item.notice)}`];
    }),
  );

/** Where two who are in the room do not have the same from where both were there, in the same order. */
function differences(views: readonly View[], isExcused: (name: string) => boolean): string[] {
  const members = views.filter(({ writable }) => writable);
  const isSealedAgain = members.some(hasComeBack);
  return members.flatMap((one) =>
    members.flatMap((other) => {
      if (isSealedAgain) return missingFor(other, one, isExcused);
      const from = Math.max(beginOf(one), beginOf(other));
      const [mine, theirs] = [one, other].map((view) => wordsFrom(view, from, isExcused).join(", "));
      return mine === theirs ? [] : [`${one.officer.name} has ${mine}, but ${other.officer.name} ${theirs}`];
    }),
  );
}

/**
 * Whoever came back is told so, and what it could not read is sealed for it again behind that: the same words, at another
 * place than with those who read them at once.
 */
const hasComeBack = ({ items }: View): boolean =>
  items.some((item) => item.kind === "notice" && ["came-back", "refounded"].includes(item.notice.type));

function missingFor(other: View, one: View, isExcused: (name: string) => boolean): string[] {
  const theirs = other.items.flatMap((item) => (item.kind === "message" ? [wordOf(item)] : []));
  const from = Math.max(beginOf(one), beginOf(other));
  return one.items.flatMap((item) => {
    if (item.kind !== "message" || (item.sequence ?? 0) < from || isExcused(item.sender.displayName))
      return [];
    const times = theirs.filter((word) => word === wordOf(item)).length;
    return times === 1 ? [] : [`${other.officer.name} has "${wordOf(item)}" ${times} times`];
  });
}

const beginOf = ({ items }: View): number => Math.min(...items.flatMap(({ sequence }) => sequence ?? []));

const wordsFrom = ({ items }: View, from: number, isExcused: (name: string) => boolean): string[] =>
  items.flatMap((item) => {
    if (item.kind !== "message" || (item.sequence ?? 0) < from || isExcused(item.sender.displayName))
      return [];
    return [`${item.sequence} ${wordOf(item)}`];
  });

const wordOf = ({ body }: MessageItem): string =>
  body.kind === "text" ? body.text : body.kind === "picture" ? body.caption : "";

/** What somebody saw, in short. */
const tale = ({ officer, items }: View): string =>
  `${officer.name} saw ${items.map((item) => `${item.sequence}${item.kind === "message" ? "" : item.notice.type}`).join(" ")}`;
