/** Small records of the local store. */
import type { CheckedUser } from "@nimes/e2ee/chains/checked-user";
import type { MediaType } from "@nimes/protocol/content/picture";
import type { ClientId, UnitId, UserId } from "@nimes/protocol/ids";
import type { OwnUnseen } from "../kinds/kinds.ts";

/** This device, as everything that runs while the capsule is open knows it. */
export type DeviceRecord = {
  clientId: ClientId;
  userId: UserId;
  /** Ed25519; the private half cannot be exported. */
  deviceKeys: CryptoKeyPair;
  /** Name and key of core-crypto's own store. */
  mlsStore: { name: string; key: Uint8Array<ArrayBuffer> };
};

/** Somebody in the directory. Who that is, is no part of it: it follows from this and the newest manifest. */
export type DirectoryRecord = {
  /** All that was ever seen of this person; every signature holds. */
  checked: CheckedUser;
  /** Hash of the server's entry that was taken in last, so that the same one again costs nothing. */
  digest: Uint8Array;
  /** As people here were last shown this person. */
  told: ToldUser;
};
export type ToldUser = { unitId: UnitId; devices: ClientId[] };

export type PositionRecord = {
  sequence: number;
  /** Server only: its newest stamp. */
  stamp?: Uint8Array;
  /** Directory only: own clock, when it was last read from its beginning to its end. */
  walkedAt?: number;
  /** Directory only: something did not fit since then, and it is read from its beginning again. */
  refused?: true;
  /** Directory only: it has contradicted itself; stays until the capsule is made anew. */
  contradictory?: true;
  /** Kinds of content only: those that the app knew when it last looked through what is stored. */
  kinds?: string[];
};

export type LogRecord = {
  /** Running hash after the entry. */
  hash: Uint8Array;
  /** Hash of the MLS bytes, so that a replay is told from a loss; empty where they were not kept. */
  bytesHash: Uint8Array;
};

/** Key of a message within its room's timeline. */
export type MessagePlace = {
  sequence: number;
  index: number;
  sender: ClientId;
  /** Stands in no row of its own. */
  unseen?: true;
  /** Own ones alone. */
  own?: OwnUnseen;
};

export type PictureRecord = { bytes: Uint8Array<ArrayBuffer>; mediaType: MediaType };
