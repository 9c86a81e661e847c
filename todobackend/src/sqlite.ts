/**
 * SQLite through `node:sqlite`, which Deno has built in, made to look like the driver that kysely expects.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import type { Schema } from "./database.ts";

/**
 * Opens a database file, which is made if it is not there; ":memory:" is a new database in memory.
 *
 * @throws {Error} when the file cannot be opened
 */
export function openSqlite(path: string): Kysely<Schema> {
  const database = asKyselyDriver(new DatabaseSync(path));
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
}

function asKyselyDriver(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      const bind = (parameters: readonly unknown[]) =>
        parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bind(parameters)),
        run: (parameters) => statement.run(...bind(parameters)),
        iterate: (parameters) => statement.iterate(...bind(parameters)),
      };
    },
  };
}
