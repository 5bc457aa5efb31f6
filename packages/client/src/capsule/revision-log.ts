/** Journal and snapshot of the revisions as they lie on the disk, sealed. */
import { utf8 } from "@nimes/protocol/bytes";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { Storage, StorageChange } from "../ports/storage.ts";
import type { Key } from "../ports/store.ts";
import { CapsuleDamaged } from "./capsule-damaged.ts";
import type { CapsuleKeys } from "./keys.ts";
import type { JournalEntry, Revisions, Snapshot } from "./revisions.ts";
import { createRevisions } from "./revisions.ts";
import { seal, unseal } from "./seal.ts";

/** Writes between two snapshots: a start reads at most so many pieces. */
const writesPerSnapshot = 256;

const snapshotKey: Key = ["snapshot"];
const boundTo = (what: string): Uint8Array => utf8(`NIMes/revisions/${what}/v1`);

export type RevisionLog = {
  revisions: Revisions;
  /** What has to be written together with the blocks of an entry. */
  changesFor(entry: JournalEntry): Promise<StorageChange[]>;
  /** The entry has been written. */
  written(entry: JournalEntry): void;
};

/** The snapshot with which a capsule begins; without one it does not open. */
export async function firstSnapshot(keys: CapsuleKeys): Promise<StorageChange> {
  return sealSnapshot(await keys.storeKey("revisions"), { revision: 0, groups: [] });
}

/** @throws CapsuleDamaged when snapshot and journal do not fit together. */
export async function openRevisionLog(
  storage: Pick<Storage, "list">,
  keys: CapsuleKeys,
): Promise<RevisionLog> {
  const key = await keys.storeKey("revisions");
  const rows = await storage.list("revisions", { prefix: [] });
  const kept = rows.find((row) => row.key[0] === snapshotKey[0]);
  const revisions = createRevisions(await openPiece<Snapshot>(key, kept?.record, "snapshot"));
  const journal: Key[] = [];
  const entries = await Promise.all(
    rows
      .filter((row) => row !== kept)
      .map(({ record, key: [number] }) => openPiece<JournalEntry>(key, record, String(number))),
  );
  for (const entry of entries) {
    if (!revisions.apply(entry)) throw new CapsuleDamaged("a write is missing in the journal");
    journal.push([entry.revision]);
  }

  return {
    revisions,
    async changesFor(entry) {
      const sealed = await sealPiece(key, entry, String(entry.revision));
      const put: StorageChange = { put: "revisions", key: [entry.revision], record: sealed };
      if (journal.length < writesPerSnapshot) return [put];
      const before = await sealSnapshot(key, revisions.snapshot());
      return [before, ...journal.map((old): StorageChange => ({ delete: "revisions", key: old })), put];
    },
    written(entry) {
      if (journal.length >= writesPerSnapshot) journal.length = 0;
      journal.push([entry.revision]);
      revisions.apply(entry);
    },
  };
}

const sealSnapshot = async (key: CryptoKey, snapshot: Snapshot): Promise<StorageChange> => ({
  put: "revisions",
  key: snapshotKey,
  record: await sealPiece(key, snapshot, "snapshot"),
});

const sealPiece = (key: CryptoKey, piece: Snapshot | JournalEntry, name: string) =>
  seal(key, encodeCbor(piece), boundTo(name));

async function openPiece<Piece>(key: CryptoKey, record: unknown, name: string): Promise<Piece> {
  const opened = record instanceof Uint8Array ? await unseal(key, record, boundTo(name)) : undefined;
  if (!opened) throw new CapsuleDamaged(`the ${name} of the revisions does not open`);
  return decodeOwnCbor(opened) as Piece;
}
