/** All stores on one SQLite file. */
import type { Stores } from "../ports/stores.ts";
import { sqliteAttachmentStore } from "./attachment-store.ts";
import { sqliteDirectoryStore } from "./directory-store.ts";
import { sqliteKeyPackageStore } from "./key-package-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { sqlitePasskeyStore } from "./passkey-store.ts";
import { sqlitePinStore } from "./pin-store.ts";
import { sqliteRoomLogStore } from "./room-log-store.ts";
import { sqliteRulesStore } from "./rules-store.ts";

export function sqliteStores(database: SqliteDatabase): Stores {
  const write = database.prepare(
    "INSERT INTO probe (id, written_at) VALUES (1, ?) ON CONFLICT DO UPDATE SET written_at = excluded.written_at",
  );
  return {
    directory: sqliteDirectoryStore(database),
    pins: sqlitePinStore(database),
    passkeys: sqlitePasskeyStore(database),
    rules: sqliteRulesStore(database),
    keyPackages: sqliteKeyPackageStore(database),
    roomLog: sqliteRoomLogStore(database),
    attachments: sqliteAttachmentStore(database),
    async probe() {
      try {
        return write.run(Date.now()).changes === 1;
      } catch {
        return false;
      }
    },
    async close() {
      database.close();
    },
  };
}
