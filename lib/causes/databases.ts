/**
 * Causes: a data store does not accept a password, or lacks a database or a table.
 *
 * @module
 */

import { type Facts, type Neighbor, serviceAt } from "./facts.ts";
import { at, type Context, type Groups, type Row, type Told } from "./row.ts";

/** A kind of data store: how its images are called, and its port. */
interface Store {
  image: RegExp;
  port: number;
}

const POSTGRES: Store = { image: /postg(?:res|is)|timescale/, port: 5432 };
const MYSQL: Store = { image: /mysql|mariadb|percona/, port: 3306 };
const MONGO: Store = { image: /mongo/, port: 27_017 };
const REDIS: Store = { image: /redis|valkey|keydb|dragonfly/, port: 6379 };
const RABBIT: Store = { image: /rabbit/, port: 5672 };
const SQL_SERVER: Store = { image: /mssql|azure-sql/, port: 1433 };

/** The words of a store that refuses a user; `user` and `host` may be missing. */
const REFUSALS: readonly [Store, RegExp][] = [
  [
    POSTGRES,
    /(?:server at \\?"(?<host>[^"\\]{1,100})\\?".{0,80})?password authentication failed for user \\?"(?<user>[^"\\]{1,100})/,
  ],
  [
    MYSQL,
    /Access denied for user \\?'(?<user>[^'\\]{0,100})\\?'@\\?'[^']{0,100}' \(using password/,
  ],
  [
    MONGO,
    /MongoServerError: Authentication failed|AuthenticationFailed|Command .{0,50}failed with error 18\b/,
  ],
  [
    REDIS,
    /WRONGPASS|NOAUTH (?:Authentication required|HELLO must be called)|ERR invalid password|AUTH failed/,
  ],
  [
    RABBIT,
    /ACCESS[_-]REFUSED.{0,100}(?:[Ll]ogin was refused|PLAIN)/,
  ],
  [SQL_SERVER, /Login failed for user '(?<user>[^']{1,100})'/],
];

/** The words of a store without a database, or a table. */
const MISSING: readonly [Store | undefined, RegExp][] = [
  [
    POSTGRES,
    /(?:server at \\?"(?<host>[^"\\]{1,100})\\?".{0,80})?\bdatabase \\?"(?<database>[^"\\]{1,100})\\?" does not exist/,
  ],
  [MYSQL, /Unknown database \\?'(?<database>[^'\\]{1,100})/],
  [SQL_SERVER, /Cannot open database "(?<database>[^"]{1,100})"/],
  [POSTGRES, /relation \\?"(?<table>[^"\\]{1,100})\\?" does not exist/],
  [
    MYSQL,
    /Table \\?'(?<table>[^'\\]{1,200})\\?' doesn\\?'t exist/,
  ],
  [undefined, /no such table: (?<table>[\w.]{1,100})/],
  [SQL_SERVER, /Invalid object name '(?<table>[^']{1,100})'/],
];

/** The rows. */
export const DATABASE_ROWS: readonly Row[] = [
  ...REFUSALS.map(([store, words]): Row => ({
    words,
    cause: (groups, context) => refusal(store, groups, context),
  })),
  ...MISSING.map(([store, words]): Row => ({
    words,
    cause: (groups, { facts }) => missing(store, groups, facts),
  })),
];

/** Whether the words are those of a store that refuses a password. */
export function isRefused(lines: readonly string[]): boolean {
  return lines.some((line) => REFUSALS.some(([, words]) => words.test(line)));
}

/** A store that refuses a user. */
function refusal(
  store: Store,
  { host, user }: Groups,
  { facts, lines }: Context,
): Told {
  const found = facts && storeIn(facts, store, host);
  const subject = found ? `"${found.service}"` : "the data store";
  // Redis asks who sends no password at all.
  const none = store === REDIS &&
    !lines.some((line) => /WRONGPASS|invalid password/.test(line));
  const what = none
    ? `${subject} needs a password, and gets none`
    : user
    ? `${subject} does not accept the password of user "${user}"`
    : `${subject} does not accept the user, or the password`;
  return found?.oldVolume === undefined
    ? at(what, facts, { path: ["environment"] })
    : `${what}; its volume ${found.oldVolume} was there before this run, with the password of that time`;
}

/** A store without a database, or a table. */
function missing(
  store: Store | undefined,
  { host, database, table }: Groups,
  facts?: Facts,
): Told {
  const found = store && facts && storeIn(facts, store, host);
  const subject = found ? `"${found.service}"` : "the data store";
  if (database !== undefined) {
    return at(`${subject} has no database "${database}"`, facts, {
      word: database,
    });
  }
  // A migration that lacks a table is no sign of one that has not run, and says so itself.
  return /migrat/i.test(facts?.service ?? "")
    ? undefined
    : `${subject} has no table "${table}": a migration is missing, or has not run`;
}

/** The store that the words are about: at this host, or the only one of its kind that the run starts. */
function storeIn(
  facts: Facts,
  { image, port }: Store,
  host?: string,
): Neighbor | undefined {
  const named = host === undefined ? undefined : serviceAt(facts, host);
  if (named) return named;
  const all = facts.services.filter((one) =>
    one.isPart && (image.test(one.image) || one.ports.includes(port))
  );
  // A store's own log has the words, too; a client may have the image of the store.
  const others = all.filter(({ service }) => service !== facts.service);
  if (others.length > 1) return undefined;
  return others[0] ?? all[0];
}
