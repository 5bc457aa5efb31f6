/**
 * Stands beside a phone's encryption: at the moment a message is sealed, whoever has a leaf in the tree can read it,
 * whatever anybody shows or says.
 */
import type { RoomDetail } from "@nimes/client/nimes-client";
import type { E2ee, PlanSealing, Room } from "@nimes/e2ee/e2ee";
import { completeRoom } from "@nimes/e2ee/rooms/complete-room";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { judgeSeal, type Sealing } from "../laws/sealing.ts";
import type { Ledger } from "../ledger.ts";
import type { Phone } from "./phone.ts";
import { watchGroups } from "./watch-groups.ts";

export type Watched = {
  /** Undefined while the phone is being activated. */
  phone(): Phone | undefined;
  ledger: Ledger;
  nameOf(clientId: ClientId): string;
};

type Before = Pick<Sealing, "tree" | "unwanted"> & {
  /** Devices of which the app knew then that they had ended. */
  ended: ReadonlySet<ClientId>;
};

const endedIn = (room: RoomDetail | undefined): Set<ClientId> =>
  new Set((room?.members ?? []).flatMap(({ ended = [] }) => ended.map(({ clientId }) => clientId)));

/**
 * Who a message was sealed for: the leaves that it was planned for, since nothing is sealed where the tree has others by then;
 * a tree that is read before or behind it may be another. What is sealed again is for whoever was there the first time.
 */
export function noteSealed({ sealedFor }: Pick<Ledger, "sealedFor">, planned: ReturnType<PlanSealing>): void {
  const { contents = [], shown = [] } = planned ?? {};
  for (const { messageId, first } of contents)
    if (first === undefined)
      sealedFor.set(messageId, new Set([...(sealedFor.get(messageId) ?? []), ...shown]));
}

export function watchE2ee(inner: E2ee, watched: Watched): E2ee {
  const { ledger } = watched;

  /** What is read behind the sealing may be newer than it: judged is only what stood still, and is still shown. */
  async function judge(phone: Phone, { roomId, groupId }: Room, before: Before): Promise<readonly string[]> {
    const { tree, unwanted } = before;
    const { client } = phone.officer;
    const [after, room] = [await inner.devicesOf(groupId), await client.room(roomId)];
    const { state } = await client.state();
    if (state !== "ready" || after.join() !== tree.join()) return [];
    const members = room?.members ?? [];
    // Heard of since: what was sealed before could not be kept from them.
    const news = endedIn(room).difference(before.ended);
    const meant = tree.filter((leaf) => !news.has(leaf));
    return judgeSeal({ tree: meant, members, unwanted, wished: ledger.wished.get(roomId) }, watched.nameOf);
  }

  async function check(phone: Phone, room: Room, before: Before): Promise<void> {
    if ((await judge(phone, room, before)).length === 0) return;
    for (const fault of await judge(phone, room, before)) ledger.faults.add(`${phone.name} ${fault}`);
  }

  async function seal(room: Room, plan: PlanSealing) {
    const phone = watched.phone();
    const tree = await inner.devicesOf(room.groupId);
    const unwanted = new Set(phone?.unwanted.get(room.roomId));
    const ended = endedIn(await phone?.officer.client.room(room.roomId));
    let planned: ReturnType<PlanSealing>;
    const sealed = await inner.seal(room, (epoch) => {
      planned = plan(epoch);
      return planned;
    });
    if (sealed.outcome !== "sealed") return sealed;
    noteSealed(ledger, planned);
    const isSame = (await inner.devicesOf(room.groupId)).join() === tree.join();
    if (phone && isSame) await check(phone, room, { tree, unwanted, ended });
    return sealed;
  }

  /** Taken out as was wished: whoever comes again was added again. */
  function goneFrom({ roomId }: Room, devices: readonly ClientId[]): void {
    const unwanted = watched.phone()?.unwanted.get(roomId);
    const present = new Set(devices.map(userOf));
    for (const userId of unwanted ?? []) if (!present.has(userId)) unwanted?.delete(userId);
  }

  return {
    ...inner,
    ...watchGroups(inner, () => watched.phone()?.groups),
    clientId: inner.clientId,
    mlsThumbprint: inner.mlsThumbprint,
    seal: (room, plan) => seal(completeRoom(room), plan),
    async renew(room, submit) {
      const outcome = await inner.renew(room, submit);
      if (outcome.outcome === "accepted") ledger.counts.commits += 1;
      return outcome;
    },
    async changeMembers(given, ...change) {
      const room = completeRoom(given);
      const outcome = await inner.changeMembers(room, ...change);
      if (outcome.outcome !== "accepted") return outcome;
      ledger.counts.commits += 1;
      goneFrom(room, await inner.devicesOf(room.groupId));
      return outcome;
    },
    open: (room, entries, persist, terms) =>
      inner.open(
        room,
        entries,
        async (outcomes) => {
          for (const one of outcomes) if (one.outcome === "commit") goneFrom(completeRoom(room), one.devices);
          await persist(outcomes);
        },
        terms,
      ),
  };
}
