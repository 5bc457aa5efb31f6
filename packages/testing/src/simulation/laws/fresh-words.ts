/**
 * When the server is honest again, everybody goes on: a fresh word from each reaches each, in direct rooms and in groups,
 * or the writer's app says that it did not go out.
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId } from "@nimes/protocol/ids";
import { firstGroupOf } from "@nimes/protocol/ids";
import * as act from "../../scenarios/officers.ts";
import { type Phone, userOfPhone } from "../phones/phone.ts";

type Probe = { from: Phone; to: Phone; roomId: RoomId; kind: "direct" | "group"; word: string };

const lookEveryMs = 150;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @param wait.meanwhile what people do at each look. @returns what does not arrive within the time given. */
export async function unheardWords(
  phones: readonly Phone[],
  { patienceMs, meanwhile }: { patienceMs: number; meanwhile(): Promise<void> },
): Promise<string[]> {
  const { probes, faults } = await sendWords(phones);
  const deadline = Date.now() + patienceMs;
  let open = probes;
  for (;;) {
    const heard = await Promise.all(open.map(hears));
    open = open.filter((_, index) => !heard[index]);
    if (open.length === 0 || Date.now() > deadline) break;
    await pause(lookEveryMs);
    await meanwhile();
  }
  return [...faults, ...(await Promise.all(open.map(tellUnheard))).flat()];
}

async function sendWords(phones: readonly Phone[]): Promise<{ probes: Probe[]; faults: string[] }> {
  const probes: Probe[] = [];
  const faults: string[] = [];
  const send = async (from: Phone, roomId: RoomId, word: string): Promise<ErrorCode | undefined> => {
    const sent = await from.officer.client.sendText(roomId, word);
    if (!sent.ok) faults.push(`${from.name} cannot write: ${sent.code}`);
    return sent.ok ? undefined : sent.code;
  };
  for (const from of phones) {
    for (const to of phones) {
      if (from === to) continue;
      const room = await from.officer.client.openDirectRoom(userOfPhone(to));
      const word = `Probe von ${from.name} an ${to.name}`;
      if (!room.ok) faults.push(`${from.name} opens no direct room: ${room.code}`);
      else if (!(await send(from, room.value, word)))
        probes.push({ from, to, roomId: room.value, kind: "direct", word });
    }
    for (const { roomId, kind, writable, people } of await from.officer.client.rooms()) {
      if (kind === "direct" || !writable || people < 2) continue;
      const word = `Probe von ${from.name} in ${roomId.slice(0, 6)}`;
      if (await send(from, roomId, word)) continue;
      for (const to of await readersOf(from, roomId, phones))
        probes.push({ from, to, roomId, kind: "group", word });
    }
  }
  return { probes, faults };
}

/** Those whose present phone is shown in the room, and not as somebody who has left or is to go. */
async function readersOf(from: Phone, roomId: RoomId, phones: readonly Phone[]): Promise<Phone[]> {
  const members = (await from.officer.client.room(roomId))?.members ?? [];
  return phones.filter(
    (to) =>
      to !== from &&
      members.some(
        ({ state, devices }) =>
          state === "member" && devices.some(({ clientId }) => clientId === to.officer.me.clientId),
      ),
  );
}

/** A pair may have got another room meanwhile. */
async function hears({ to, word }: Probe): Promise<boolean> {
  for (const { roomId } of await to.officer.client.rooms())
    if ((await act.textsOf(to.officer, roomId)).includes(word)) return true;
  return false;
}

/** Notices that tell nothing of trouble. */
const ordinary = ["founded", "added", "removed", "renamed"];

async function tellUnheard({ from, to, roomId, kind, word }: Probe): Promise<string[]> {
  const rooms = await from.officer.client.rooms();
  const own = (await Promise.all(rooms.map((room) => act.messagesOf(from.officer, room.roomId))))
    .flat()
    .find(({ body }) => body.kind === "text" && body.text === word);
  // The app has said that it did not go out, and offers to try again.
  if (own?.delivery?.state === "wedged") return [];
  if (own?.sequence !== undefined && (await wasForPhoneBefore({ from, to, roomId }, own.sequence))) return [];
  const notices = async ({ officer }: Phone): Promise<string> => {
    const types = (await act.noticesOf(officer, roomId)).map(({ type }) => type);
    return [...new Set(types)].filter((type) => !ordinary.includes(type)).join("+") || "nothing";
  };
  const told = `there: ${await notices(to)}, here: ${await notices(from)}`;
  const groups = `there: ${await groupOf(to, roomId)}, here: ${await groupOf(from, roomId)}`;
  return [
    `a ${kind} word of ${from.name} to ${to.name} does not arrive for good: it is ${own?.delivery?.state ?? "not shown"}; ${told}; ${groups}`,
  ];
}

/**
 * Written before the writer's app had heard that there is a new phone, which was brought in behind it: it was for the phone
 * before, and has ended with that.
 */
async function wasForPhoneBefore(
  { from, to, roomId }: Pick<Probe, "from" | "to" | "roomId">,
  sequence: number,
): Promise<boolean> {
  const isReplaced = (await act.noticesOf(from.officer, roomId)).some(
    (notice) => notice.type === "new-device" && notice.userId === userOfPhone(to),
  );
  const [first] = await act.itemsOf(to.officer, roomId);
  return isReplaced && (first?.sequence ?? 0) > sequence;
}

/** Where somebody stands with the encryption of a room. */
async function groupOf({ officer, e2ee, groups }: Phone, roomId: RoomId): Promise<string> {
  const { state } = await officer.client.state();
  if (state !== "ready") return state;
  const known = new Set([firstGroupOf(roomId), ...(groups.get(roomId) ?? [])]);
  const epochs = await Promise.all(
    [...known].map(async (groupId) => [groupId.slice(0, 6), await e2ee?.epochOf(groupId)] as const),
  );
  const present = epochs.filter(([, epoch]) => epoch !== undefined);
  return present.map(([group, epoch]) => `epoch ${epoch} of ${group}`).join() || "no group";
}
