/** What goes with a Welcome: who sends it, to which group, by which commit, under which roles. */

import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import type { Signed } from "@nimes/protocol/schema";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { WelcomeProof } from "@nimes/protocol/signed/welcome-proof";

export type SentWelcome = {
  roomId: RoomId;
  groupId: Uint8Array;
  welcome: Uint8Array;
  /** Bytes of the commit, or payload of the Refounding, that it goes with. */
  commit: Uint8Array;
  /** The version in force. */
  roles: { version: number; hash: Uint8Array };
  /** Who is awaited in the room. */
  awaited?: Awaited;
  author: ClientId;
  /** Device key of the author. */
  device: Signer;
};

export function makeWelcomeProof(sent: SentWelcome): Promise<Signed> {
  const { roomId, groupId, welcome, commit, roles, awaited, author, device } = sent;
  const value: WelcomeProof = {
    roomId,
    groupId,
    welcome: sha256(welcome),
    commit: sha256(commit),
    rolesVersion: roles.version,
    rolesHash: roles.hash,
    awaited: awaited ? { devices: [...awaited.devices], until: awaited.until } : null,
    author,
  };
  return signStructure("WelcomeProof", value, [device]);
}
