/**
 * Finds the program of this machine that listens on a port.
 *
 * @module
 */

import { outputOf } from "../child.ts";
import type { TakenPort } from "../errors/port_wording.ts";

/** How long (ms) a system may take to list its sockets. */
const LISTED_WITHIN = 2_000;

/** The listers of sockets, of Linux and of macOS, and their words for a program and its id. */
const LISTERS: readonly {
  argv: (port: string) => [string, ...string[]];
  words: RegExp;
}[] = [
  {
    argv: (port) => ["ss", "-Hltnp", `sport = :${port}`],
    words: /users:\(\("(?<name>[^"]{1,50})",pid=(?<pid>\d{1,10})/g,
  },
  {
    argv: (port) => ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"],
    words: /^p(?<pid>\d{1,10})\n(?:f.*\n)?c(?<name>.{1,50})$/gm,
  },
];

/**
 * The program; undefined where the system does not tell, as it does of other users' programs to root alone, or where
 * several programs listen on the port, each on an address of its own.
 */
export async function portHolder(
  port: string,
  signal?: AbortSignal,
): Promise<TakenPort["program"]> {
  const signals = [signal, AbortSignal.timeout(LISTED_WITHIN)];
  for (const { argv, words } of LISTERS) {
    const [program, ...args] = argv(port);
    // Where the lister is missing, or may not be run, the program stays unknown.
    const found = await outputOf(program, { args, signals })
      .catch(() => undefined);
    const holder = onlyProgram(found?.stdout ?? "", words);
    if (holder) return holder;
  }
  return undefined;
}

/** The program in the words of a lister, if it is the only one. */
function onlyProgram(
  listed: string,
  words: RegExp,
): TakenPort["program"] {
  const names = new Map(
    [...listed.matchAll(words)].map((
      { groups: { pid = "", name = "" } = {} },
    ) => [pid, name] as const),
  );
  const [[pid, name] = []] = names;
  return names.size === 1 && name ? { name, pid: Number(pid) } : undefined;
}
