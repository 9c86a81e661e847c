/** Opens the database that the settings name, and words what can be wrong with it. @module */

import type { ColumnType, Generated, Kysely } from "kysely";
import { errorCode, errorMessage } from "./command.ts";
import type { DatabaseSettings } from "./settings.ts";

/** The tables, as `migrate` makes them. */
export interface Schema {
  /** Which migrations were applied, as kysely writes it down. */
  readonly "kysely_migration": { readonly name: string };
  readonly todos: {
    readonly id: Generated<number>;
    readonly title: string | null;
    // Neither database has a boolean type of its own.
    readonly completed: ColumnType<number, boolean, boolean>;
    readonly order: number | null;
  };
}

/** How a database is used: by so many connections, and by queries that may take as long as they like. */
export type Use = { readonly connections?: number; readonly patient?: boolean };

/**
 * Opens a database; the caller calls `destroy` on it in the end. MariaDB is not contacted before the first query.
 * @throws {Error} when a SQLite file cannot be opened
 */
export async function openDatabase(
  settings: DatabaseSettings,
  use: Use = {},
): Promise<Kysely<Schema>> {
  // Only the driver that is used is loaded.
  if (settings.kind === "mysql") {
    return (await import("./mysql.ts")).openMysql(settings, use);
  }
  return (await import("./sqlite.ts")).openSqlite(settings.path);
}

const WORDS: Readonly<Record<string, string>> = {
  BUSY: "no connection was free in time",
  ECONNREFUSED: "connection refused (MYSQL_HOST, MYSQL_PORT)",
  ECONNRESET: "connection reset (MYSQL_HOST, MYSQL_PORT)",
  EAI_AGAIN: "the host name cannot be resolved (MYSQL_HOST)",
  ENOTFOUND: "the host name cannot be resolved (MYSQL_HOST)",
  ETIMEDOUT: "no answer in time (MYSQL_HOST, MYSQL_PORT)",
  PROTOCOL_CONNECTION_LOST: "the connection was lost",
  ER_ACCESS_DENIED_ERROR: "access denied (MYSQL_USER, MYSQL_PASSWORD)",
  ER_DBACCESS_DENIED_ERROR: "access denied (MYSQL_DATABASE, MYSQL_USER)",
  ER_NO_SUCH_TABLE: 'the schema is missing, run "migrate"',
};

/** Says in one line why the database cannot be used, and which setting or command helps. */
export function explainDatabaseError(
  error: unknown,
  settings: DatabaseSettings,
): string {
  const where = settings.kind === "sqlite"
    ? `"${settings.path}" (DATABASE, SQLITE_PATH)`
    : `"${settings.name}" at ${settings.host}:${settings.port}`;
  const message = errorMessage(error);
  const isMissing = message.includes("no such table");
  const code = isMissing ? "ER_NO_SUCH_TABLE" : errorCode(error);
  const why = Object.hasOwn(WORDS, code) ? WORDS[code] : message;
  return `Cannot use database ${where}: ${why}`;
}
