/** One officer's phone in the simulation. A new phone of the same officer takes its place. */
import type { Storage } from "@nimes/client/ports/storage";
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { ClientId, GroupId, RoomId, UserId } from "@nimes/protocol/ids";
import { firstGroupOf } from "@nimes/protocol/ids";
import type { Crash } from "../../network/crash.ts";
import type { FaultyNetwork } from "../../network/faulty-sockets.ts";
import type { TestLetter } from "../../organisation.ts";
import type { Officer } from "../../scenarios/officers.ts";

export type Phone = {
  readonly name: string;
  letter: TestLetter;
  officer: Officer;
  /** Undefined until it has been opened. */
  e2ee: E2ee | undefined;
  storage: Storage;
  network: FaultyNetwork;
  crash: Crash;
  isAsleep: boolean;
  /** Requests and frames since somebody looked last, at this time. */
  sent: { requests: number; frames: number; sinceMs: number };
  /** Calls of the client library that have not come back. */
  readonly open: Set<string>;
  /** Whom this officer wants out of a room, from when the app said that it will be done. */
  readonly unwanted: Map<RoomId, Set<UserId>>;
  /** Groups that a room has been in; all but the last are forgotten when it is founded anew. */
  readonly groups: Map<RoomId, Set<GroupId>>;
};

export const isAlive = ({ crash }: Phone): boolean => !crash.isDead();
export const isAwake = (phone: Phone): boolean => isAlive(phone) && !phone.isAsleep;
/** Leaves of the group that a room is in: whoever reads what is sealed there now. */
export async function treeOf(
  { e2ee, groups }: Pick<Phone, "e2ee" | "groups">,
  roomId: RoomId,
): Promise<ClientId[]> {
  const known = new Set([firstGroupOf(roomId), ...(groups.get(roomId) ?? [])]);
  const trees = await Promise.all([...known].map((groupId) => e2ee?.devicesOf(groupId) ?? []));
  return [...new Set(trees.flat())];
}

export const userOfPhone = (phone: Phone): UserId => phone.officer.me.userId;

/** A call that takes longer is waited for no more, but must come back in the end. */
const callPatienceMs = 1_500;

/** @returns undefined when the phone died meanwhile, or the call takes long. */
export async function callOf<T>(phone: Phone, what: string, call: Promise<T>): Promise<T | undefined> {
  phone.open.add(what);
  const settled = call.finally(() => phone.open.delete(what));
  let timer: NodeJS.Timeout | number | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, callPatienceMs);
  });
  try {
    return await Promise.race([settled, patience, phone.crash.died.then((): undefined => undefined)]);
  } finally {
    clearTimeout(timer);
  }
}
