/**
 * MariaDB or MySQL, through a bounded pool of connections.
 *
 * @module
 */

import { Kysely, MysqlDialect } from "kysely";
import { createPool } from "mysql2";
import type { Schema } from "./database.ts";
import type { DatabaseSettings } from "./settings.ts";

const MAX_CONNECTIONS = 10;
// A database that has stopped answering must lead to errors, not to requests that pile up.
const MAX_WAITING = 500;
const CONNECT_TIMEOUT_MS = 5_000;

/** Makes the pool; connections are opened when queries need them. */
export function openMysql(
  settings: DatabaseSettings & { kind: "mysql" },
): Kysely<Schema> {
  const { host, port, user, password, name: database } = settings;
  const pool = createPool({
    host,
    port,
    user,
    password,
    database,
    charset: "utf8mb4",
    connectionLimit: MAX_CONNECTIONS,
    queueLimit: MAX_WAITING,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  return new Kysely<Schema>({ dialect: new MysqlDialect({ pool }) });
}
