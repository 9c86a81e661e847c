/** SQLite through `node:sqlite`, made to look like the driver that kysely expects: for development and tests. @module */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import type { Schema } from "./database.ts";

/**
 * Opens a database file, which is made if it is not there; ":memory:" is a new database in memory.
 * @throws {Error} when the file cannot be opened
 */
export function openSqlite(path: string): Kysely<Schema> {
  const file = new DatabaseSync(path);
  const prepare = (sql: string) => {
    const statement = file.prepare(sql);
    // It binds no booleans.
    const bind = (values: readonly unknown[]) =>
      values.map((value) =>
        value === !!value ? Number(value) : value
      ) as SQLInputValue[];
    type Values = readonly unknown[];
    return {
      reader: statement.columns().length > 0,
      all: (values: Values) => statement.all(...bind(values)),
      run: (values: Values) => statement.run(...bind(values)),
      iterate: (values: Values) => statement.iterate(...bind(values)),
    };
  };
  const database = { prepare, close: () => file.close() };
  return new Kysely({ dialect: new SqliteDialect({ database }) });
}
