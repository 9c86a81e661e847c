/** Settings, read from environment variables and checked; an empty variable counts as not set. @module */

import { CommandError, errorMessage, type World } from "./command.ts";
import { createFindOrigin } from "./origin.ts";

type Env = World["env"];

/** Which database, and how to reach it. */
export type DatabaseSettings =
  | { readonly kind: "sqlite"; readonly path: string }
  | ReturnType<typeof mysql>;

/**
 * Reads how to reach the database.
 * @throws {CommandError} naming the variable that cannot be used
 */
export function databaseSettings(env: Env): DatabaseSettings {
  if (read(env, "DATABASE", "mysql", KIND) === "mysql") return mysql(env);
  return { kind: "sqlite", path: env("SQLITE_PATH") || "db.sqlite3" };
}

function mysql(env: Env) {
  return {
    kind: "mysql" as const,
    host: read(env, "MYSQL_HOST", "localhost", HOST),
    port: Number(read(env, "MYSQL_PORT", "3306", PORT)),
    user: env("MYSQL_USER") || "todo",
    password: secret(env, "MYSQL_PASSWORD", "password"),
    name: env("MYSQL_DATABASE") || "todobackend",
  };
}

/**
 * Reads the settings of the HTTP server.
 * @throws {CommandError} naming the variable that cannot be used
 */
export function serverSettings(env: Env) {
  return {
    hostname: read(env, "HOST", "0.0.0.0", HOST),
    port: Number(read(env, "PORT", "8000", PORT)),
    allowedHosts: items(read(env, "ALLOWED_HOSTS", "*", NAMES)),
    trustedProxies: items(read(env, "TRUSTED_PROXIES", "", NETWORKS)),
    staticRoot: staticRoot(env),
    /** Milliseconds from the request to stop until the port closes. */
    stopDelay: milliseconds(read(env, "STOP_DELAY", "0", DURATION)),
  };
}

/** Reads the folder that `collectstatic` fills and `/static/` is served from. */
export function staticRoot(env: Env): string {
  return env("STATIC_ROOT") || "/public/static";
}

/** What a value must be, and how to say so. */
type Check = readonly [{ test(value: string): boolean }, string];

const KIND: Check = [/^(mysql|sqlite)$/, '"mysql" or "sqlite"'];
const HOST: Check = [/^[\w.:-]+$/, "a host name or an address"];
const NAMES: Check = [/[^,\s]/, "a name or *"];
const PORT: Check = [
  { test: (value) => /^\d+$/.test(value) && +value > 0 && +value < 65536 },
  "a port number from 1 to 65535",
];
const NETWORKS: Check = [{ test: areNetworks }, "addresses or 10.0.0.0/8"];
const DURATION: Check = [
  /^(\d{1,4}s?|\d{1,7}ms|\d{1,2}m)$/,
  "seconds, or a duration such as 1500ms, 5s or 1m",
];

function read(
  env: Env,
  name: string,
  fallback: string,
  [good, expected]: Check,
): string {
  const value = env(name) || fallback;
  if (good.test(value)) return value;
  throw unusable(name, value, `expected ${expected}`);
}

function items(value: string): string[] {
  return value.toLowerCase().split(",").map((item) => item.trim())
    .filter((item) => item !== "");
}

function areNetworks(value: string): boolean {
  try {
    return createFindOrigin(items(value)) !== undefined;
  } catch {
    return false;
  }
}

function milliseconds(duration: string): number {
  const count = parseInt(duration);
  if (duration.endsWith("ms")) return count;
  return count * (duration.endsWith("m") ? 60_000 : 1000);
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
