/**
 * Health checks of databases that a temporary server answers, too.
 *
 * While the images of MySQL, MariaDB and PostgreSQL initialize, they run a server that listens on its socket only:
 * https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh,
 * https://github.com/MariaDB/mariadb-docker/blob/master/docker-entrypoint.sh. A check by TCP is not fooled.
 *
 * @module
 */

import { escaped, yamlList } from "../project/paste.ts";

/** The check with TCP in place of the socket, as a line of YAML; undefined where it does not go by a socket. */
export function tcpTest(test: readonly string[]): string | undefined {
  const [kind = "", ...words] = test;
  if (kind === "CMD") {
    const replaced = tcpWords(words);
    return replaced && `test: ${yamlList(["CMD", ...replaced])}`;
  }
  const text = kind === "CMD-SHELL" ? words[0] : undefined;
  const replaced = text === undefined ? undefined : tcpShell(text);
  return replaced === undefined
    ? undefined
    : `test: [CMD-SHELL, ${JSON.stringify(escaped(replaced))}]`;
}

/** Rewrites the arguments of a client so that it connects by TCP; undefined where it does already, or where that is unknown. */
type ToTcp = (args: readonly string[]) => string[] | undefined;

const HOST = ["-h", "127.0.0.1"];

/** https://dev.mysql.com/doc/refman/8.4/en/connecting.html: without a host, and for "localhost", by the socket. */
const mysql: ToTcp = (args) => {
  const host = optionOf(args, ["-h", "--host"]);
  const isTcp = /^tcp$/i.test(optionOf(args, ["--protocol"]) ?? "") ||
    // MariaDB takes TCP for a port, MySQL does not.
    optionOf(args, ["-P", "--port"]) !== undefined;
  return isTcp || (host !== undefined && host !== "localhost")
    ? undefined
    // Last, because --defaults-file has to be first.
    : [...withoutOption(args, ["-h", "--host"]), ...HOST];
};

/** https://www.postgresql.org/docs/current/libpq-connect.html: without a host, and for a path, by the socket. */
const postgres: ToTcp = (args) => {
  const host = optionOf(args, ["-h", "--host"]);
  const isUrl = args.some((arg) => /:\/\/|\bhost(addr)?=/.test(arg));
  return isUrl || (host !== undefined && !host.startsWith("/"))
    ? undefined
    : [...HOST, ...withoutOption(args, ["-h", "--host"])];
};

/** https://redis.io/docs/latest/develop/tools/cli/: by TCP, unless a socket is named. */
const redis: ToTcp = (args) =>
  optionOf(args, ["-s"]) === undefined
    ? undefined
    : [...HOST, ...withoutOption(args, ["-s"])];

/** https://mariadb.com/docs/server/server-management/automated-mariadb-deployment-and-administration/docker-and-mariadb/using-healthcheck-sh */
const healthcheck: ToTcp = (args) =>
  args.includes("--connect") ? undefined : ["--connect", ...args];

const CLIENTS: Readonly<Record<string, ToTcp>> = {
  "mysqladmin": mysql,
  "mysqlshow": mysql,
  "mysql": mysql,
  "mariadb-admin": mysql,
  "mariadb-show": mysql,
  "mariadb": mysql,
  "pg_isready": postgres,
  "psql": postgres,
  "redis-cli": redis,
  "healthcheck.sh": healthcheck,
};

/** Words in front of a program's name. */
const PREFIX = /^(exec|!|\{|\w+=.*|if|then|env|timeout|\d+s?)$/s;

/** A quoted text, a variable or a substitution, which is not looked into. */
const WHOLE =
  /"(?:\\.|[^"\\])*"|'[^']*'|\$\{[^}]*\}|\$\([^()]*\)|`[^`]*`|\\./.source;
const SEPARATORS = new RegExp(`(${WHOLE})|(\\|\\||&&|[;|&\\n()])`, "g");
const WORDS = new RegExp(`(?:${WHOLE}|[^\\s"'\`\\\\])+`, "g");

function tcpWords(words: readonly string[]): string[] | undefined {
  const [program = "", ...args] = words;
  const isShell = /^(.*\/)?(ba|da|a)?sh$/.test(program) &&
    /^-\w*c$/.test(args[0] ?? "");
  if (isShell && args[1] !== undefined) {
    const text = tcpShell(args[1]);
    return text === undefined
      ? undefined
      : [program, args[0]!, text, ...args.slice(2)];
  }
  const replaced = clientOf(program)?.(args);
  return replaced && [program, ...replaced];
}

function clientOf(program: string): ToTcp | undefined {
  const name = program.split("/").at(-1)!;
  return Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
}

/** Replaces the first client of a shell's command line that goes by a socket; everything else stays as it is written. */
function tcpShell(text: string): string | undefined {
  const commands: { start: number; end: number }[] = [];
  let start = 0;
  for (const { index, 0: part, 2: separator } of text.matchAll(SEPARATORS)) {
    if (separator === undefined) continue;
    commands.push({ start, end: index });
    start = index + part.length;
  }
  commands.push({ start, end: text.length });
  for (const { start, end } of commands) {
    const replaced = tcpCommand(text.slice(start, end));
    if (replaced !== undefined) {
      return text.slice(0, start) + replaced + text.slice(end);
    }
  }
  for (const { index, 0: whole, 1: inner } of text.matchAll(SUBSTITUTION)) {
    const replaced = tcpShell(inner!);
    if (replaced !== undefined) {
      const end = text.slice(index + whole.length);
      return `${text.slice(0, index)}$(${replaced})${end}`;
    }
  }
  return undefined;
}

const SUBSTITUTION = /\$\(([^()]*)\)/g;

function tcpCommand(text: string): string | undefined {
  const words = text.match(WORDS) ?? [];
  const first = words.findIndex((word) => !PREFIX.test(word));
  const program = words[first];
  if (program === undefined) return undefined;
  // A redirection is no argument.
  const args = words.slice(first + 1);
  const end = args.findIndex((word) => /^\d*[<>]/.test(word));
  const own = end < 0 ? args : args.slice(0, end);
  const replaced = clientOf(program)?.(own);
  if (!replaced) return undefined;
  const [before = ""] = /^\s*/.exec(text) ?? [];
  const [after = ""] = /\s*$/.exec(text) ?? [];
  const rest = end < 0 ? [] : args.slice(end);
  return before +
    [...words.slice(0, first), program, ...replaced, ...rest].join(" ") + after;
}

/** The value of an option: `-hX`, `-h X`, `--host=X` or `--host X`. */
function optionOf(
  args: readonly string[],
  names: readonly string[],
): string | undefined {
  const found = args.flatMap((arg, i) => {
    const name = names.find((name) => isOption(arg, name));
    if (name === undefined) return [];
    const value = arg === name
      ? args[i + 1] ?? ""
      : arg.slice(name.length).replace(/^=/, "");
    return value.replace(/^(["'])(.*)\1$/, "$2");
  });
  return found.at(-1);
}

/** A long option has its value behind "=", a short one right behind it. */
function isOption(arg: string, name: string): boolean {
  return arg === name ||
    arg.startsWith(name.startsWith("--") ? `${name}=` : name);
}

function withoutOption(
  args: readonly string[],
  names: readonly string[],
): string[] {
  return args.filter((arg, i) =>
    !names.some((name) => isOption(arg, name)) &&
    !names.includes(args[i - 1] ?? "")
  );
}
