/** What officers do, at random. */
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import type { RoomSummary } from "@nimes/client/nimes-client";
import type { MessageId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { jpegOf } from "../scenarios/jpeg.ts";
import * as act from "../scenarios/officers.ts";
import { type Ledger, wishedIn } from "./ledger.ts";
import { callOf, type Phone, treeOf, userOfPhone } from "./phones/phone.ts";
import type { Random } from "./random.ts";

/** @param random of this phone at this step: what others do shifts nothing. */
export type Deed = { weight: number; do(phone: Phone, random: Random): Promise<unknown> };

type Needs = {
  phones: readonly Phone[];
  ledger: Ledger;
  /** Whoever was taken out comes back: not where histories are compared word by word. */
  mayComeBack: boolean;
};

export function officersDeeds({ phones, ledger, mayComeBack }: Needs): Record<string, Deed> {
  const someRoom = async ({ officer }: Phone, random: Random): Promise<RoomSummary | undefined> =>
    random.oneOf((await officer.client.rooms()).filter(({ writable, people }) => writable && people > 1));
  const somebodyElse = (phone: Phone, random: Random): UserId | undefined => {
    const other = random.oneOf(phones.filter((one) => one !== phone));
    return other && userOfPhone(other);
  };

  /** Sends what the composer makes of a word that nobody has used, and notes it when the app says that it is stored. */
  async function write(
    phone: Phone,
    random: Random,
    send: (room: RoomId, text: string) => Promise<Result<MessageId>>,
  ): Promise<void> {
    const room = await someRoom(phone, random);
    // Whoever has nobody to write to looks for somebody.
    if (!room) return openDirect(phone, random);
    ledger.counts.messages += 1;
    const text = `Wort ${ledger.counts.messages} von ${phone.name}`;
    const { userId, clientId } = phone.officer.me;
    const sent = await callOf(phone, "send", send(room.roomId, text));
    if (!sent?.ok) return;
    const { roomId, peer } = room;
    ledger.words.push({
      text,
      roomId,
      messageId: sent.value,
      by: userId,
      from: clientId,
      ...(peer && { peer }),
    });
  }

  async function openDirect(phone: Phone, random: Random): Promise<void> {
    const peer = somebodyElse(phone, random);
    if (!peer) return;
    const room = await callOf(phone, "openDirectRoom", phone.officer.client.openDirectRoom(peer));
    if (room?.ok) for (const userId of [peer, userOfPhone(phone)]) wishedIn(ledger, room.value).add(userId);
  }

  /** Noted as wished before it is asked for, because it may be done before the answer is here. */
  async function addTo(phone: Phone, roomId: RoomId, person: UserId): Promise<void> {
    const wished = ledger.wished.get(roomId);
    const wasWished = wished?.has(person);
    wished?.add(person);
    for (const one of phones) one.unwanted.get(roomId)?.delete(person);
    const added = await callOf(phone, "addPeople", phone.officer.client.addPeople(roomId, [person]));
    if (added && !added.ok && !wasWished) wished?.delete(person);
  }

  return {
    text: {
      weight: 40,
      do: (phone, random) => write(phone, random, (room, text) => phone.officer.client.sendText(room, text)),
    },
    picture: {
      weight: 10,
      do: (phone, random) =>
        write(phone, random, (room, caption) => {
          const file = new SafeJpeg(jpegOf(3_000), jpegOf(300));
          return phone.officer.client.sendPicture(room, { file, caption });
        }),
    },
    direct: { weight: 8, do: openDirect },
    group: {
      weight: 4,
      async do(phone, random) {
        const userIds = phones.filter((other) => other !== phone && random.chance(0.5)).map(userOfPhone);
        const moderators = userIds.filter(() => random.chance(0.5));
        const name = `Lage ${ledger.counts.messages}`;
        const kind = random.chance(0.2) ? "channel" : "group";
        const group = await callOf(
          phone,
          "createGroup",
          phone.officer.client.createGroup({ name, userIds, moderators, kind }),
        );
        if (!group?.ok) return;
        for (const userId of [userOfPhone(phone), ...userIds]) wishedIn(ledger, group.value).add(userId);
      },
    },
    leave: {
      weight: 1,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        const detail = room && (await phone.officer.client.room(room.roomId));
        if (!detail?.mayLeave) return;
        ledger.takenOut.add(detail.roomId + userOfPhone(phone));
        await callOf(phone, "leaveRoom", phone.officer.client.leaveRoom(detail.roomId));
      },
    },
    setRole: {
      weight: 2,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        const members = (room && (await phone.officer.client.room(room.roomId)))?.members ?? [];
        const member = random.oneOf(members.filter(({ grantable }) => grantable.length > 0));
        const role = member && random.oneOf(member.grantable);
        if (!room || !role) return;
        await callOf(phone, "setRole", phone.officer.client.setRole(room.roomId, member.userId, role));
      },
    },
    add: {
      weight: 6,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        const person = somebodyElse(phone, random);
        if (!room || !person || (!mayComeBack && ledger.takenOut.has(room.roomId + person))) return;
        await addTo(phone, room.roomId, person);
      },
    },
    remove: {
      weight: 3,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        const person = somebodyElse(phone, random);
        if (!room || !person) return;
        ledger.takenOut.add(room.roomId + person);
        const tree = await treeOf(phone, room.roomId);
        const removed = await callOf(
          phone,
          "removePerson",
          phone.officer.client.removePerson(room.roomId, person),
        );
        if (!removed?.ok || !tree.some((leaf) => userOf(leaf) === person)) return;
        const unwanted = phone.unwanted.get(room.roomId) ?? new Set();
        phone.unwanted.set(room.roomId, unwanted.add(person));
      },
    },
    bringBack: {
      weight: 6,
      async do(phone, random) {
        for (const room of await phone.officer.client.rooms())
          for (const notice of await act.noticesOf(phone.officer, room.roomId))
            if (notice.type === "new-device" && random.chance(0.5))
              await addTo(phone, room.roomId, notice.userId);
      },
    },
    retry: {
      weight: 4,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        if (!room) return;
        for (const { messageId, delivery } of await act.messagesOf(phone.officer, room.roomId))
          if (delivery?.state === "wedged")
            await callOf(phone, "retry", phone.officer.client.retry(room.roomId, messageId));
      },
    },
    read: {
      weight: 5,
      async do(phone, random) {
        const room = await someRoom(phone, random);
        if (room)
          await callOf(phone, "markRead", phone.officer.client.markRead(room.roomId, random.below(20)));
      },
    },
  };
}
