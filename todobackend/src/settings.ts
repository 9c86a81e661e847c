/**
 * Settings, read from environment variables and checked; an empty variable counts as not set.
 * @module
 */

import { CommandError, errorMessage } from "./command.ts";
import { createFindOrigin } from "./origin.ts";

/** Reads an environment variable. */
export type Env = (name: string) => string | undefined;

/** Which database, and how to reach it. */
export type DatabaseSettings =
  | { readonly kind: "sqlite"; readonly path: string }
  | ReturnType<typeof mysqlSettings>;

/** What the HTTP server needs to know. */
export type ServerSettings = ReturnType<typeof serverSettings>;

/**
 * Reads how to reach the database.
 *
 * @throws {CommandError} naming the variable that cannot be used
 */
export function databaseSettings(env: Env): DatabaseSettings {
  const kind = env("DATABASE") || "mysql";
  if (kind === "mysql") return mysqlSettings(env);
  if (kind === "sqlite") {
    return { kind, path: env("SQLITE_PATH") || "db.sqlite3" };
  }
  throw unusable("DATABASE", kind, 'expected "mysql" or "sqlite"');
}

function mysqlSettings(env: Env) {
  return {
    kind: "mysql" as const,
    host: host(env, "MYSQL_HOST", "localhost"),
    port: portNumber(env, "MYSQL_PORT", "3306"),
    user: env("MYSQL_USER") || "todo",
    password: secret(env, "MYSQL_PASSWORD", "password"),
    name: env("MYSQL_DATABASE") || "todobackend",
  };
}

/**
 * Reads the settings of the HTTP server.
 *
 * @throws {CommandError} naming the variable that cannot be used
 */
export function serverSettings(env: Env) {
  return {
    hostname: host(env, "HOST", "0.0.0.0"),
    port: portNumber(env, "PORT", "8000"),
    allowedHosts: list(env, "ALLOWED_HOSTS", "*"),
    trustedProxies: proxies(env, "TRUSTED_PROXIES"),
    staticRoot: staticRoot(env),
    /** Milliseconds from the request to stop until the port closes. */
    stopDelay: duration(env, "STOP_DELAY"),
  };
}

/** Reads the folder that `collectstatic` fills and `/static/` is served from. */
export function staticRoot(env: Env): string {
  return env("STATIC_ROOT") || "/public/static";
}

function host(env: Env, name: string, fallback: string): string {
  const value = env(name) || fallback;
  if (/^[\w.:-]+$/.test(value)) return value;
  throw unusable(name, value, "expected a host name or an address");
}

/** The items of a list, which must have one unless `fallback` has none. */
function list(env: Env, name: string, fallback: string): string[] {
  const value = env(name) || fallback;
  const items = value.toLowerCase().split(",").map((item) => item.trim())
    .filter((item) => item !== "");
  if (value === "" || items.length > 0) return items;
  throw unusable(name, value, "expected a name or *");
}

function proxies(env: Env, name: string): string[] {
  const networks = list(env, name, "");
  try {
    createFindOrigin(networks);
    return networks;
  } catch {
    const why = "expected addresses, or networks such as 10.0.0.0/8";
    throw unusable(name, networks.join(), why);
  }
}

function portNumber(env: Env, name: string, fallback: string): number {
  const value = env(name) || fallback;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65535) return port;
  throw unusable(name, value, "expected a port number from 1 to 65535");
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Milliseconds, of seconds or a duration such as `1500ms`, `5s` and `1m`; at most an hour. */
function duration(env: Env, name: string): number {
  const value = env(name) || "0";
  const [, count, unit = "s"] = /^(\d{1,7})(ms|s|m)?$/.exec(value) ?? [];
  const ms = Number(count) * UNITS[unit]!;
  if (ms <= 60 * UNITS.m!) return ms;
  const why = "expected seconds, or a duration such as 1500ms, 5s or 1m";
  throw unusable(name, value, `${why}, at most an hour`);
}

/** A secret may stand in a file that `<name>_FILE` names, as Docker secrets do. */
function secret(env: Env, name: string, fallback: string): string {
  const path = env(`${name}_FILE`);
  const value = env(name);
  if (!path) return value ?? fallback;
  if (value) {
    throw new CommandError(`Cannot use both ${name} and ${name}_FILE`, 2);
  }
  try {
    return Deno.readTextFileSync(path).replace(/\r?\n$/, "");
  } catch (error) {
    throw unusable(`${name}_FILE`, path, errorMessage(error));
  }
}

function unusable(name: string, value: string, why: string): CommandError {
  return new CommandError(`Cannot use ${name}="${value}": ${why}`, 2);
}
