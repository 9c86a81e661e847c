/**
 * MariaDB or MySQL, through a bounded pool of connections, none of which is waited for without end.
 *
 * @module
 */

import { Kysely, MysqlDialect, type MysqlPool } from "kysely";
import { createPool, type Pool, type PoolConnection } from "mysql2";
import type { Schema } from "./database.ts";
import { errorCode } from "./errors.ts";
import type { DatabaseSettings } from "./settings.ts";

const MAX_CONNECTIONS = 10;
// A database that has stopped answering must lead to errors, not to requests that pile up.
const MAX_WAITING = 500;
const CONNECT_TIMEOUT_MS = 3_000;
const ACQUIRE_TIMEOUT_MS = 5_000;
const SET_LOCK_TIMEOUT = "set session innodb_lock_wait_timeout = 5";
// The server gives up first, so that a write which was answered with an error is not done later.
const QUERY_TIMEOUT_MS = 6_000;

/** A connection as kysely sees it. */
type Connection = Parameters<Parameters<MysqlPool["getConnection"]>[0]>[1];

/**
 * Makes the pool; connections are opened when queries need them.
 *
 * @param options.patient whether a query may take as long as it likes, as migrations do
 */
export function openMysql(
  settings: DatabaseSettings & { kind: "mysql" },
  { patient }: { patient: boolean },
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
  return new Kysely<Schema>({
    dialect: new MysqlDialect({ pool: patient ? pool : limitPool(pool) }),
  });
}

/** The same pool, whose connections and queries are not waited for without end. */
function limitPool(pool: Pool): MysqlPool {
  // Queued on the new connection before the query that it was made for.
  pool.on("connection", (connection) =>
    connection.query(
      { sql: SET_LOCK_TIMEOUT, timeout: QUERY_TIMEOUT_MS },
      (error) => error && connection.destroy(),
    ));
  const limited = new WeakMap<PoolConnection, Connection>();
  const limit = (connection: PoolConnection) => {
    const known = limited.get(connection) ?? limitConnection(connection);
    limited.set(connection, known);
    return known;
  };
  return {
    end: (callback) => pool.end(callback),
    getConnection(callback) {
      const fail = (error: unknown) => callback(error, undefined as never);
      const wait = startTimer(
        ACQUIRE_TIMEOUT_MS,
        () => fail(unavailable("ETIMEDOUT", "No connection in time")),
      );
      pool.getConnection((error, connection) => {
        if (!wait.stop()) connection?.release();
        else if (error) fail(withCode(error));
        else callback(null, limit(connection));
      });
    },
  };
}

function limitConnection(connection: PoolConnection): Connection {
  return {
    config: connection.config,
    threadId: connection.threadId,
    connect: (callback) => callback?.(null),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query(sql, values, callback) {
      // The driver's own time-out does not cover the preparation of a statement.
      const wait = startTimer(QUERY_TIMEOUT_MS, () => {
        // The answer may still come, and would be taken for that to the next query.
        connection.destroy();
        const error = unavailable("ETIMEDOUT", "No answer in time");
        callback?.(error, undefined as never);
      });
      return connection.execute(sql, [...values], (error, result) => {
        if (wait.stop()) callback?.(error, result as never);
      }) as never;
    },
  };
}

/** A timer, and what stops it: false when it is too late. */
function startTimer(ms: number, expire: () => void): { stop: () => boolean } {
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    expire();
  }, ms);
  return {
    stop() {
      clearTimeout(timer);
      return !isOver;
    },
  };
}

/** mysql2 has no code for what its pool refuses; without one it would pass for a bug. */
function withCode(error: Error): Error {
  return errorCode(error) === ""
    ? unavailable("POOL_EXHAUSTED", error.message)
    : error;
}

function unavailable(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
