/**
 * Messages that a device could not read while it had lost its place in a group (DESIGN §6). It asks for them inside the
 * room, by their places in the log; whoever wrote them seals them again under the same ids, for whom was there then.
 */
import type { ClientId, MessageId, RoomId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Signed } from "@nimes/protocol/schema";
import { ownMessageIndex } from "../../core/apply-entries.ts";
import { withOwnNotice } from "../../core/own-notice.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { unseenSender } from "../../core/sender-check.ts";
import type { StoredItem } from "../../core/stored-item.ts";
import { bodyNow, type OwnUnseen, ownUnseen } from "../../kinds/kinds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import { readMessage } from "../rooms/room-knowledge.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import type { Outbox } from "./outbox.ts";

export type Missing = {
  /** Everything has come: asks for what could not be read, and says what nobody has sent again for long. */
  ask(roomId: RoomId): Promise<void>;
  /** Sends again what the server has lost with a restored backup, as far as this device has it: own messages, and roles. */
  sendAgain(roomId: RoomId): Promise<void>;
  /** Somebody asks. */
  answer(roomId: RoomId, ask: { device: ClientId; sequences: readonly number[] }): Promise<void>;
};

/** The entry with which a device came, as far as this one knows. */
const cameWith = ({ senders, enteredAt }: RoomRecord, device: ClientId): number =>
  senders[device]?.since ?? enteredAt;

/** So long whoever wrote a message may be away. */
const patienceMs = 7 * 24 * 60 * 60_000;

type Unseen = { messageId: MessageId; sequence: number; own: OwnUnseen };

/** Whether the later of two takes the place of the earlier one. */
const isAlike = (one: OwnUnseen, other: OwnUnseen | undefined): boolean =>
  one.kind === other?.kind && one.target === other.target;

export function createMissing(needs: {
  self: ClientId;
  store: Store;
  rooms: RoomRecords;
  outbox: Pick<Outbox, "compose" | "composeWith" | "records">;
  clock: Clock;
  /** Brings a version of the roles, whoever has signed it. @returns whether the server has answered. */
  bringRoles(roomId: RoomId, roles: Signed): Promise<boolean>;
}): Missing {
  const { self, store, rooms, outbox, clock } = needs;

  async function sealAgain(roomId: RoomId, sequence: number, item: StoredItem | undefined): Promise<void> {
    if (item?.kind !== "message" || item.sender !== self || item.body.kind === "newer") return;
    const { messageId, body, sentAt: composedAt } = item;
    await outbox.compose(roomId, body, { messageId, again: sequence, composedAt });
  }

  /** Own messages that stand in no row of their own, in the order of the log. */
  async function listUnseen(roomId: RoomId): Promise<Unseen[]> {
    const rows = await store.list("messages", { prefix: [roomId] });
    return rows
      .flatMap(({ key: [, messageId], record: { sequence, own } }) =>
        own ? [{ messageId, sequence, own }] : [],
      )
      .sort((a, b) => a.sequence - b.sequence);
  }

  /** What counts now, and not what was said there: whoever asks has missed what came later, or has it already. */
  async function sealUnseenAgain(room: RoomRecord, { messageId, sequence, own }: Unseen): Promise<void> {
    const { roomId } = room;
    const target = own.target && (await readMessage(store, roomId, own.target));
    // Changed meanwhile, and on its way.
    const waiting = outbox
      .records(roomId)
      .findLast(({ body, stage }) => stage.at !== "wedged" && isAlike(own, ownUnseen(body)))?.body;
    const marks = target?.item.marks;
    const body = waiting ?? bodyNow(own, { self: userOf(self), room, sequence, marks });
    if (body) await outbox.compose(roomId, body, { messageId, again: sequence });
  }

  return {
    ask: (roomId) =>
      outbox.composeWith(roomId, (room) => {
        if (room.standing.state !== "member" || room.trouble) return undefined;
        const { asked, missing, ...rest } = room;
        const now = clock.now();
        const isOver = asked !== undefined && now - asked.at > patienceMs;
        if (missing.length === 0 && !isOver) return undefined;
        const places = [...(asked && !isOver ? asked.places : []), ...missing];
        const open = places.slice(-limits.maxAskedAgain);
        const next = {
          ...rest,
          missing: [],
          ...(open.length > 0 && { asked: { places: open, at: now } }),
        };
        const lost = (isOver ? asked.places.length : 0) + places.length - open.length;
        const told =
          lost > 0 ? withOwnNotice(next, { notice: { type: "loss", count: lost }, at: now }) : { room: next };
        const sequences = missing.map(({ sequence }) => sequence);
        return sequences.length > 0 ? { ...told, body: { kind: "ask-again", sequences } } : told;
      }),

    async sendAgain(roomId) {
      const room = rooms.get(roomId);
      const { lost } = room ?? {};
      if (!room || !lost || room.standing.state !== "member") return;
      // Before the room is founded anew, which is judged by the roles in force.
      for (const roles of room.signedRoles.slice(lost.rolesVersion))
        if (!(await needs.bringRoles(roomId, roles))) return;
      if (room.trouble) return;
      // Nobody who came since has a right to what was written before (P9).
      const from = Math.max(lost.from, ...room.devices.map((device) => cameWith(room, device)));
      // Somebody's coming has not been shown yet: then nothing is sure, and it stays to be done.
      if (from === unseenSender.since) return;
      const rows = await store.list("timeline", {
        prefix: [roomId],
        after: [roomId, from, Number.MAX_SAFE_INTEGER],
        before: [roomId, lost.until],
      });
      const own = rows.filter(({ key: [, , index] }) => index === ownMessageIndex);
      // As often as a crash comes in between: receivers drop doubles (P2).
      for (const { key, record } of own) await sealAgain(roomId, key[1], record);
      const unseen = (await listUnseen(roomId)).filter(
        ({ sequence }) => sequence > from && sequence < lost.until,
      );
      const isLast = ({ own: one }: Unseen, at: number) =>
        !unseen.slice(at + 1).some((later) => isAlike(one, later.own));
      for (const each of unseen.filter(isLast)) await sealUnseenAgain(room, each);
      await rooms.update(roomId, ({ lost: now, ...rest }) =>
        now?.until === lost.until ? { room: rest, durability: "strict" } : undefined,
      );
    },

    async answer(roomId, { device, sequences }) {
      const room = rooms.get(roomId);
      if (!room || device === self || !room.devices.includes(device)) return;
      const from = Math.max(cameWith(room, device), room.answered[device] ?? 0);
      // Each place once for each device, and none from before it came: it has no right to more.
      const due = [...new Set(sequences)]
        .filter((at) => at > from && at <= room.cursor)
        .sort((a, b) => a - b);
      const unseen = due.length > 0 ? await listUnseen(roomId) : [];
      for (const sequence of due) {
        await sealAgain(roomId, sequence, await store.get("timeline", [roomId, sequence, ownMessageIndex]));
        for (const each of unseen) if (each.sequence === sequence) await sealUnseenAgain(room, each);
      }
      const last = due.at(-1);
      if (last !== undefined)
        await rooms.update(roomId, (now) => ({
          room: { ...now, answered: { ...now.answered, [device]: last } },
        }));
    },
  };
}
