/**
 * Typed queries for everything but the append path: Kysely writes the SQL, better-sqlite3 runs it at once. Run through
 * Kysely's own driver they would be asynchronous, and an append could get between the statements of a transaction.
 */
import type { Statement } from "better-sqlite3";
import {
  type Compilable,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { SqliteDatabase } from "./open-database.ts";
import type { Tables } from "./tables.ts";

/** A blob as the ports promise it: the driver gives Node's `Buffer`, which is no plain `Uint8Array` where that counts. */
export const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export type Queries = {
  /** Begins a query; it does nothing until it is given to one of the others. */
  readonly build: Kysely<Tables>;
  all<Row>(query: Compilable<Row>): Row[];
  first<Row>(query: Compilable<Row>): Row | undefined;
  /** @returns the number of rows that were changed. */
  run(query: Compilable): number;
};

export function createQueries(database: SqliteDatabase): Queries {
  /** By their text: there are a few dozen. */
  const statements = new Map<string, Statement<unknown[], unknown>>();
  const statement = (text: string): Statement<unknown[], unknown> => {
    const known = statements.get(text) ?? database.prepare<unknown[], unknown>(text);
    statements.set(text, known);
    return known;
  };
  return {
    build: new Kysely<Tables>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (kysely) => new SqliteIntrospector(kysely),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    }),
    all<Row>(query: Compilable<Row>) {
      const { sql, parameters } = query.compile();
      return statement(sql).all(...parameters) as Row[];
    },
    first<Row>(query: Compilable<Row>) {
      const { sql, parameters } = query.compile();
      return statement(sql).get(...parameters) as Row | undefined;
    },
    run(query) {
      const { sql, parameters } = query.compile();
      return statement(sql).run(...parameters).changes;
    },
  };
}
