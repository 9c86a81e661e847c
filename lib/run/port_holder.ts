/**
 * Finds the program of this machine that listens on a port.
 *
 * @module
 */

import { outputOf } from "../child.ts";
import type { TakenPort } from "../errors/port_wording.ts";

/** How long (ms) a system may take to list its sockets. */
const LISTED_WITHIN = 2_000;

/** The listers of sockets, of Linux and of macOS, and their words for the program and its id. */
const LISTERS: readonly {
  argv: (port: string) => [string, ...string[]];
  words: RegExp;
}[] = [
  {
    argv: (port) => ["ss", "-Hltnp", `sport = :${port}`],
    words: /users:\(\("(?<name>[^"]{1,50})",pid=(?<pid>\d{1,10})/,
  },
  {
    argv: (port) => ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"],
    words: /^p(?<pid>\d{1,10})\n(?:f.*\n)?c(?<name>.{1,50})$/m,
  },
];

/** The program; undefined where the system does not tell, as it does of other users' programs to root alone. */
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
    const { name, pid } = words.exec(found?.stdout ?? "")?.groups ?? {};
    if (name && pid) return { name, pid: Number(pid) };
  }
  return undefined;
}
