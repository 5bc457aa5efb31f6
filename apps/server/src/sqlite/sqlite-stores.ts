/** All stores on one SQLite file. */
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
        return true;
      } catch {
        return false;
      }
    },
    async close() {
      database.close();
    },
  };
}
