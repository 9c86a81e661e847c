/** MariaDB or MySQL, through a bounded pool of connections, none of which is waited for without end. @module */

import { Kysely, MysqlDialect, type MysqlPool } from "kysely";
import { createPool, type PoolConnection } from "mysql2";
import type { Schema, Use } from "./database.ts";
import type { DatabaseSettings } from "./settings.ts";

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 3_000;
// How long a request waits is bounded, not how many do: a crowd is answered a little later, and not refused.
const ACQUIRE_TIMEOUT_MS = 5_000;
// The server gives up a lock first, so that a write which was answered with an error is not done later. A server that
// hangs may have read the statement, and do it when it goes on: that is why a 503 says "may have happened".
const SET_LOCK_TIMEOUT = "set session innodb_lock_wait_timeout = 5";
const QUERY_TIMEOUT_MS = 6_000;

type Connection = Parameters<Parameters<MysqlPool["getConnection"]>[0]>[1];

/** Makes the pool; connections are opened when queries need them. */
export function openMysql(
  settings: DatabaseSettings & { kind: "mysql" },
  { connections = CONNECTIONS, patient = false }: Use,
): Kysely<Schema> {
  const { kind: _, name: database, ...server } = settings;
  const pool = createPool({
    ...server,
    database,
    charset: "utf8mb4",
    connectionLimit: connections,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  if (patient) return new Kysely({ dialect: new MysqlDialect({ pool }) });
  pool.on("connection", (connection) => {
    // Queued before the query that the connection was made for.
    connection.query(SET_LOCK_TIMEOUT, (error) => {
      if (error) connection.destroy();
    });
    connection.query = limitQueries(connection) as never;
  });
  const getConnection: MysqlPool["getConnection"] = (callback) => {
    const fail = (error: unknown) => callback(error, undefined as never);
    const isInTime = limit(ACQUIRE_TIMEOUT_MS, "BUSY", fail);
    pool.getConnection((error, connection) => {
      if (!isInTime()) connection?.release();
      else if (error) fail(error);
      else callback(null, connection as Connection);
    });
  };
  const end: MysqlPool["end"] = (callback) => pool.end(callback);
  const limited = { getConnection, end };
  return new Kysely({ dialect: new MysqlDialect({ pool: limited }) });
}

/** Queries as prepared statements, for each of which there is so much time. */
function limitQueries(connection: PoolConnection): Connection["query"] {
  return (sql, values, callback) => {
    // The driver's own time-out does not cover the preparation of a statement.
    const isInTime = limit(QUERY_TIMEOUT_MS, "ETIMEDOUT", (error) => {
      // The answer may still come, and would be taken for that to the next query.
      connection.destroy();
      callback?.(error, undefined as never);
    });
    return connection.execute(sql, [...values], (error, result) => {
      if (isInTime()) callback?.(error, result as never);
    }) as never;
  };
}

/** Starts a timer; the function that it returns stops it, and says whether it was in time. */
function limit(ms: number, code: string, fail: (error: Error) => void) {
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    fail(Object.assign(new Error("Not in time"), { code }));
  }, ms);
  return () => {
    clearTimeout(timer);
    return !isOver;
  };
}
