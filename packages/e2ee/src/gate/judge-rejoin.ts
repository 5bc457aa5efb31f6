/** Healing as the gate sees it, pure: a device takes its own place again, and nothing else changes (M1, M10, M15). */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { CommitProposal } from "@nimes/protocol/mls/commit";
import { additionAllowed } from "@nimes/protocol/roles/membership";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { GateReason, KnownPeople } from "../e2ee.ts";
import type { Leaf } from "./chain-lookup.ts";
import type { RuledRoom } from "./judge-change.ts";
import { mayWelcome, sightOf } from "./judge-change.ts";

/** Comes in, in place of one leaf. */
export function isHealing(proposals: readonly CommitProposal[]): boolean {
  const count = (type: CommitProposal["type"]): number =>
    proposals.filter((proposal) => proposal.type === type).length;
  return proposals.length === 2 && count("external-init") === 1 && count("remove") === 1;
}

/**
 * Whether the same devices with the same keys stand in the tree before and behind it, and the one that comes back is among
 * them: whoever was taken out does not come back so, nobody comes with another key, and nobody takes another's place.
 */
export function judgeSameLeaves(
  before: readonly Leaf[],
  after: readonly Leaf[],
  joiner: Leaf,
): GateReason | undefined {
  const stood = before.some(
    ({ clientId, thumbprint }) => clientId === joiner.clientId && equalBytes(thumbprint, joiner.thumbprint),
  );
  const [were, are] = [new Set(before.map(nameOf)), new Set(after.map(nameOf))];
  const isSame =
    before.length === after.length &&
    are.size === after.length &&
    after.every((leaf) => were.has(nameOf(leaf)));
  return stood && isSame ? undefined : "not-permitted";
}

type BroughtTree = {
  directory: DirectoryLookup;
  signer: ClientId;
  stands: boolean;
  tree: readonly ClientId[];
  now: number;
};

/**
 * Whether a tree that nobody has welcomed this device to holds nobody whom it does not know, but for those whom the device
 * that signed it may bring in. Otherwise anybody on a chain could make a group under the room's id with this device's key
 * package in it, and with a server's help have it come back there. Whoever was seen to go is brought back by the log alone,
 * and a device that has ended vouches for nobody.
 * @param whole.signer of the GroupInfo, as core-crypto verifies it. `stands`: it may act now.
 * @param whole.now own clock, milliseconds.
 */
export function judgeBrought(
  room: RuledRoom,
  { devices, wished, former }: KnownPeople,
  { directory, signer, stands, tree, now }: BroughtTree,
): GateReason | undefined {
  const sight = sightOf(directory, room, { tree: devices, time: now });
  const maySignFor = (device: ClientId): boolean =>
    stands && devices.includes(signer) && additionAllowed(sight, signer, device);
  const isFine = (device: ClientId): boolean =>
    devices.includes(device) ||
    (!former.includes(userOf(device)) && (wished.includes(userOf(device)) || maySignFor(device)));
  return tree.every(isFine) ? undefined : "not-permitted";
}

/**
 * As `judgeBrought`, for a device that has never been in the room: as with a Welcome, the roles as they are written count.
 * Whoever has signed the tree must be one who may bring in this device and everybody else (M14).
 */
export const judgeWelcomed = (
  room: RuledRoom,
  { signer, tree }: { signer: ClientId; tree: readonly ClientId[] },
): GateReason | undefined =>
  tree.every((device) => mayWelcome(room, signer, device)) ? undefined : "not-permitted";

const nameOf = ({ clientId, thumbprint }: Leaf): string => `${clientId} ${toHex(thumbprint)}`;
