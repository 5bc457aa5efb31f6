/** Small records of the local store. */
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { MediaType } from "@nimes/protocol/content";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";

/** This device, as everything that runs while the capsule is open knows it. */
export type DeviceRecord = {
  clientId: ClientId;
  userId: UserId;
  /** Ed25519; the private half cannot be exported. */
  deviceKeys: CryptoKeyPair;
  /** Name and key of core-crypto's own store. */
  mlsStore: { name: string; key: Uint8Array<ArrayBuffer> };
};

export type DirectoryRecord = {
  /** As the server sent it, with the signatures. */
  entry: DirectoryEntry;
  /** As it was verified; what a device trusts. */
  user: VerifiedUser;
};

export type PositionRecord = {
  sequence: number;
  /** Directory only: it has contradicted itself; stays until the capsule is made anew. */
  contradictory?: true;
};

export type LogRecord = {
  /** Running hash after the entry. */
  hash: Uint8Array;
  /** Hash of the MLS bytes, so that a replay is told from a loss; empty where they were not kept. */
  bytesHash: Uint8Array;
};

/** Key of a message within its room's timeline. */
export type MessagePlace = { sequence: number; index: number };

export type PictureRecord = { bytes: Uint8Array<ArrayBuffer>; mediaType: MediaType };
