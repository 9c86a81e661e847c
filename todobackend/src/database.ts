/**
 * Opens the database that the settings name, and words what can be wrong with it.
 *
 * @module
 */

import type { Generated, Kysely, Selectable } from "kysely";
import { errorCode, errorMessage } from "./errors.ts";
import type { DatabaseSettings } from "./settings.ts";

/** The tables, as `migrate` makes them. */
export interface Schema {
  /** Which migrations were applied, as kysely writes it down. */
  readonly "kysely_migration": { readonly name: string };
  readonly todos: {
    readonly id: Generated<number>;
    readonly title: string | null;
    readonly completed: number;
    readonly order: number | null;
  };
}

/** A row as it is read from the table of todos. */
export type TodoRow = Selectable<Schema["todos"]>;

/**
 * Opens a database; the caller calls `destroy` on it in the end. MariaDB is not contacted before the first query.
 *
 * @param options.patient whether a query may take as long as it likes, as migrations do
 * @throws {Error} when a SQLite file cannot be opened
 */
export async function openDatabase(
  settings: DatabaseSettings,
  { patient = false } = {},
): Promise<Kysely<Schema>> {
  // Only the driver that is used is loaded.
  if (settings.kind === "sqlite") {
    return (await import("./sqlite.ts")).openSqlite(settings.path);
  }
  return (await import("./mysql.ts")).openMysql(settings, { patient });
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EAI_AGAIN: "the host name cannot be resolved",
  EHOSTUNREACH: "no route to the host",
  ENOTFOUND: "the host name cannot be resolved",
  ETIMEDOUT: "no answer in time",
  POOL_EXHAUSTED: "too many requests wait for a connection",
  PROTOCOL_CONNECTION_LOST: "the connection was lost",
};

const DENIED = ["ER_ACCESS_DENIED_ERROR", "ER_DBACCESS_DENIED_ERROR"];

/** Says in one line why the database cannot be used, and which setting or command helps. */
export function explainDatabaseError(
  error: unknown,
  settings: DatabaseSettings,
): string {
  const code = errorCode(error);
  const where = settings.kind === "sqlite"
    ? `"${settings.path}"`
    : `"${settings.name}" at ${settings.host}:${settings.port}`;
  const cannot = `Cannot use database ${where}:`;
  if (Object.hasOwn(UNREACHABLE, code)) {
    return `${cannot} ${UNREACHABLE[code]} (MYSQL_HOST, MYSQL_PORT)`;
  }
  if (DENIED.includes(code)) {
    return `${cannot} access denied (MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD)`;
  }
  const message = errorMessage(error);
  if (code === "ER_NO_SUCH_TABLE" || message.includes("no such table")) {
    return `${cannot} the schema is missing, run "migrate"`;
  }
  if (settings.kind === "sqlite" && message.includes("unable to open")) {
    return `${cannot} ${message} (SQLITE_PATH)`;
  }
  return `${cannot} ${message}`;
}
