/**
 * SQLite through `node:sqlite`, which Deno has built in, made to look like the driver that kysely expects.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  Kysely,
  sql,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from "kysely";
import type { Schema } from "./database.ts";
import { errorMessage } from "./errors.ts";

// While another process writes, such as a second `migrate`.
const BUSY_TIMEOUT_MS = 5_000;
const WAL_RETRY_MS = 20;

/** kysely takes it for granted that one process alone migrates a SQLite file. */
class LockingAdapter extends SqliteAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`begin immediate`.execute(db);
  }
  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`commit`.execute(db);
  }
}

class LockingDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new LockingAdapter();
  }
}

/**
 * Opens a database file, which is made if it is not there; ":memory:" is a new database in memory.
 *
 * @throws {Error} when the file cannot be opened
 */
export async function openSqlite(path: string): Promise<Kysely<Schema>> {
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  await useWal(file);
  const database = asKyselyDriver(file);
  return new Kysely<Schema>({ dialect: new LockingDialect({ database }) });
}

/**
 * Lets readers and a writer not wait for each other. SQLite refuses it at once, whatever the time-out, while another
 * process does the same to a new file: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
 */
async function useWal(file: DatabaseSync): Promise<void> {
  for (let left = BUSY_TIMEOUT_MS / WAL_RETRY_MS;; left--) {
    try {
      file.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if (left === 0 || errorMessage(error) !== "database is locked") {
        file.close();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, WAL_RETRY_MS));
    }
  }
}

// Preparing takes longer than running; the application has a dozen statements, and lists of ids of different lengths.
const MAX_PREPARED = 200;

function asKyselyDriver(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      const statement = prepare(database, sql);
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function prepare(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  const bind = (parameters: readonly unknown[]) =>
    parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    iterate: (parameters) => statement.iterate(...bind(parameters)),
  };
}
