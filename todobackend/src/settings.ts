/**
 * Settings, read from environment variables and checked; an empty variable counts as not set.
 *
 * @module
 */

import { CommandError, errorMessage } from "./errors.ts";
import { createFindOrigin } from "./origin.ts";

/** Reads an environment variable. */
export type Env = (name: string) => string | undefined;

/** Which database, and how to reach it. */
export type DatabaseSettings =
  | { readonly kind: "sqlite"; readonly path: string }
  | {
    readonly kind: "mysql";
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly name: string;
  };

/** What the HTTP server needs to know. */
export interface ServerSettings {
  readonly hostname: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly staticRoot: string;
}

/**
 * Reads how to reach the database.
 *
 * @throws {CommandError} naming the variable that cannot be used
 */
export function databaseSettings(env: Env): DatabaseSettings {
  const kind = text(env, "DATABASE", "mysql");
  if (kind === "sqlite") {
    return { kind, path: text(env, "SQLITE_PATH", "db.sqlite3") };
  }
  if (kind !== "mysql") {
    throw unusable("DATABASE", kind, 'expected "mysql" or "sqlite"');
  }
  return {
    kind,
    host: text(env, "MYSQL_HOST", "localhost"),
    port: portNumber(env, "MYSQL_PORT", 3306),
    user: text(env, "MYSQL_USER", "todo"),
    password: secret(env, "MYSQL_PASSWORD", "password"),
    name: text(env, "MYSQL_DATABASE", "todobackend"),
  };
}

/**
 * Reads the settings of the HTTP server.
 *
 * @throws {CommandError} naming the variable that cannot be used
 */
export function serverSettings(env: Env): ServerSettings {
  return {
    hostname: text(env, "HOST", "0.0.0.0"),
    port: portNumber(env, "PORT", 8000),
    allowedHosts: list(env, "ALLOWED_HOSTS", "*"),
    trustedProxies: proxies(env, "TRUSTED_PROXIES"),
    staticRoot: staticRoot(env),
  };
}

/** Reads the folder that `collectstatic` fills and `/static/` is served from. */
export function staticRoot(env: Env): string {
  return text(env, "STATIC_ROOT", "/public/static");
}

function text(env: Env, name: string, fallback: string): string {
  return env(name) || fallback;
}

/** The items of a list, which must have one unless `fallback` has none. */
function list(env: Env, name: string, fallback: string): string[] {
  const value = text(env, name, fallback);
  const items = value.split(",").map((item) => item.trim().toLowerCase())
    .filter((item) => item !== "");
  if (value === "") return items;
  if (items.length === 0) throw unusable(name, value, "expected a name or *");
  return items;
}

function proxies(env: Env, name: string): string[] {
  const networks = list(env, name, "");
  try {
    createFindOrigin(networks);
    return networks;
  } catch {
    throw unusable(
      name,
      text(env, name, ""),
      "expected addresses, or networks such as 10.0.0.0/8",
    );
  }
}

function portNumber(env: Env, name: string, fallback: number): number {
  const value = text(env, name, String(fallback));
  const port = Number(value);
  if (!/^\d+$/.test(value) || port < 1 || port > 65535) {
    throw unusable(name, value, "expected a port number from 1 to 65535");
  }
  return port;
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
