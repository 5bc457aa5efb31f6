/** All stores on the two SQLite files. */
import { statSync } from "node:fs";
import type { Stores } from "../ports/stores.ts";
import { sqliteAttachmentStore } from "./attachment-store.ts";
import { sqliteDirectoryStore } from "./directory-store.ts";
import { sqliteKeyPackageStore } from "./key-package-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { sqlitePasskeyStore } from "./passkey-store.ts";
import { sqlitePinStore } from "./pin-store.ts";
import { createQueries } from "./queries.ts";
import { sqliteRegistrationStore } from "./registration-store.ts";
import { sqliteRoomLogStore } from "./room-log-store.ts";
import { sqliteRulesStore } from "./rules-store.ts";

export function sqliteStores(database: SqliteDatabase): Stores {
  const write = database.prepare("INSERT INTO probe (bytes) VALUES (zeroblob(65536))");
  const clear = database.prepare("DELETE FROM probe");
  const queries = createQueries(database);
  const files = filesOf(database);
  return {
    directory: sqliteDirectoryStore(database, queries),
    pins: sqlitePinStore(database),
    registrations: sqliteRegistrationStore(database),
    passkeys: sqlitePasskeyStore(database),
    rules: sqliteRulesStore(database),
    keyPackages: sqliteKeyPackageStore(database, queries),
    roomLog: sqliteRoomLogStore(database),
    attachments: sqliteAttachmentStore(database, queries),
    async probe() {
      try {
        write.run();
        clear.run();
        // A file that was deleted or replaced under the server is written on, and whatever comes is lost with its end.
        return files.every(({ path, inode }) => inodeOf(path) === inode);
      } catch {
        return false;
      }
    },
    async close() {
      database.close();
    },
  };
}

const inodeOf = (path: string): bigint | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;

/** Those on the disk, as they are now. */
function filesOf(database: SqliteDatabase): { path: string; inode: bigint | undefined }[] {
  const listed = database.pragma("database_list") as { file: string }[];
  return listed.filter(({ file }) => file !== "").map(({ file }) => ({ path: file, inode: inodeOf(file) }));
}
