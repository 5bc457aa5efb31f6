/** What a server that has ended keeps, as far as a restored backup shows by it. */
import { join } from "node:path";
import Database from "better-sqlite3";

/** `generation`: how often the rooms were restored, and one to begin with; `people`: how many the directory knows. */
export function keptIn(dataFolder: string): { generation: unknown; people: unknown } {
  const valueIn = (file: string, query: string): unknown => {
    const database = new Database(join(dataFolder, file), { readonly: true });
    try {
      return database.prepare(query).pluck().get();
    } finally {
      database.close();
    }
  };
  return {
    generation: valueIn("nimes.sqlite", "SELECT generation FROM twin"),
    people: valueIn("authority.sqlite", "SELECT count(*) FROM users"),
  };
}
