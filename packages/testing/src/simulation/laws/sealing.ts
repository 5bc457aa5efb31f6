/** Who reads: no leaf of the tree may be anybody's whom the writer's app does not show in the room (P9). */
import type { RoomMember } from "@nimes/client/nimes-client";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";

export type Sealing = {
  /** Leaves of the tree. */
  tree: readonly ClientId[];
  /** What the writer's app shows. */
  members: readonly RoomMember[];
  /** Whom somebody who may ever wanted in the room; undefined where the simulation did not see the room begin. */
  wished: ReadonlySet<UserId> | undefined;
  /** Whom the writer wants out, and was told that it is on its way. */
  unwanted: ReadonlySet<UserId>;
};

/** @returns what is wrong, in words that follow the writer's name. */
export function judgeSeal(
  { tree, members, wished, unwanted }: Sealing,
  nameOf: (clientId: ClientId) => string,
): string[] {
  return tree.flatMap((leaf) => {
    const name = nameOf(leaf);
    const userId = userOf(leaf);
    const member = members.find((one) => one.userId === userId);
    if (!member) return [`seals for ${name}, who is not shown in the room`];
    if (member.state === "pending") return [`seals for ${name}, who is shown as not in the room yet`];
    if (member.ended?.some(({ clientId }) => clientId === leaf)) return [`seals for ${name}'s ended phone`];
    if (!member.devices.some(({ clientId }) => clientId === leaf))
      return [`seals for a phone of ${name} that is not shown`];
    if (wished && !wished.has(userId)) return [`seals for ${name}, whom nobody wanted in the room`];
    if (unwanted.has(userId)) return [`seals for ${name}, whom the writer has taken out`];
    return [];
  });
}
