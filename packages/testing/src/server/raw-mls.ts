/**
 * MLS structures as the server sees them: well-formed, about a group and an epoch, and with nothing inside that anybody
 * could open. What only a group can check is random.
 */
import { concat } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import { mlsIdentityBytes } from "@nimes/protocol/mls/identity";

const random = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
const uint = (value: number, bytes: number): Uint8Array => {
  const all = new Uint8Array(8);
  new DataView(all.buffer).setBigUint64(0, BigInt(value));
  return all.subarray(8 - bytes);
};
/** `opaque value<V>`, RFC 9420, section 2.1.2. */
function opaque(value: Uint8Array): Uint8Array {
  const { byteLength } = value;
  if (byteLength < 2 ** 6) return concat(uint(byteLength, 1), value);
  if (byteLength < 2 ** 14) return concat(uint(2 ** 14 + byteLength, 2), value);
  return concat(uint(2 ** 31 + byteLength, 4), value);
}
const nothing = opaque(new Uint8Array(0));
const version = uint(1, 2);
const suite = uint(1, 2);

export type RawGroup = { groupId: Uint8Array; epoch: number };

/** An application message. @param ciphertext what nobody looks at. */
export const rawMessage = ({ groupId, epoch }: RawGroup, ciphertext: Uint8Array): Uint8Array =>
  concat(
    ...[version, uint(2, 2), opaque(groupId), uint(epoch, 8), uint(1, 1)],
    ...[nothing, opaque(random(28)), opaque(ciphertext)],
  );

export type RawProposal = "remove" | "external-init" | "re-init" | "by-reference";
const proposals: Record<RawProposal, () => Uint8Array> = {
  remove: () => concat(uint(1, 1), uint(3, 2), uint(1, 4)),
  "external-init": () => concat(uint(1, 1), uint(6, 2), opaque(random(32))),
  "re-init": () => concat(uint(1, 1), uint(5, 2), opaque(random(32))),
  "by-reference": () => concat(uint(2, 1), opaque(random(32))),
};

/** A commit in a PublicMessage. @param as who says to have sent it. */
export function rawCommitMessage(
  { groupId, epoch }: RawGroup,
  {
    as = "member",
    with: kinds = [],
  }: { as?: "member" | "joiner" | "external"; with?: readonly RawProposal[] } = {},
): Uint8Array {
  const sender = {
    member: concat(uint(1, 1), uint(0, 4)),
    joiner: uint(4, 1),
    external: concat(uint(2, 1), uint(0, 4)),
  };
  return concat(
    ...[version, uint(1, 2), opaque(groupId), uint(epoch, 8), sender[as], nothing, uint(3, 1)],
    ...[opaque(concat(...kinds.map((kind) => proposals[kind]()))), uint(0, 1)],
    ...[opaque(random(64)), opaque(random(32)), ...(as === "member" ? [opaque(random(32))] : [])],
  );
}

/** A GroupInfo with its ratchet tree. @param leaves from left to right. */
export const rawGroupInfo = ({ groupId, epoch }: RawGroup, leaves: readonly ClientId[]): Uint8Array =>
  concat(
    ...[version, uint(4, 2), version, suite, opaque(groupId), uint(epoch, 8)],
    ...[opaque(random(32)), opaque(random(32)), nothing],
    opaque(concat(uint(2, 2), opaque(opaque(concat(...leaves.flatMap(nodes)))))),
    ...[opaque(random(32)), uint(0, 4), opaque(random(64))],
  );

/** A leaf, and the blank parent behind it. */
const nodes = (clientId: ClientId, index: number): Uint8Array[] => [
  ...(index === 0 ? [] : [uint(0, 1)]),
  uint(1, 1),
  uint(1, 1),
  opaque(random(32)),
  opaque(random(32)),
  uint(1, 2),
  opaque(mlsIdentityBytes(clientId)),
  ...[nothing, nothing, nothing, nothing, nothing],
  uint(2, 1),
  nothing,
  opaque(random(64)),
];

/** A Welcome, which says no more than its suite to whoever it is not for. */
export const rawWelcome = (): Uint8Array => concat(version, uint(3, 2), suite, random(300));
