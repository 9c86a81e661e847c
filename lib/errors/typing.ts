/**
 * Command lines that a person can paste after a failure.
 *
 * @module
 */

import { toShell } from "../text/shell.ts";

/** The parts of a call that a command line changes. */
export interface Elsewhere {
  /** Compose files instead of those of the call. */
  files?: readonly string[];
  /** The project instead of that of the call. */
  project?: string;
  /** The folder of reports instead of that of the call. */
  reports?: string;
  /** The folder of the project instead of that of the call. */
  directory?: string;
}

/** Writes command lines that mean the same place as a call: they repeat its flags `-C`, `-f`, `-p` and `--reports`. */
export interface Typing {
  /** The call itself, with all of its flags and arguments. */
  again(elsewhere?: Elsewhere): string;
  /** A target, with its own flags as words. */
  target(words: readonly string[], elsewhere?: Elsewhere): string;
  /** A command of `docker compose`. */
  compose(words: readonly string[]): string;
  /** A command of git in the folder of the call. */
  git(words: readonly string[]): string;
}

/** For a call that has no such flags; `again` is then `todoflow release`. */
export const PLAIN: Typing = {
  again: (elsewhere) => PLAIN.target(["release"], elsewhere),
  target: (words, elsewhere = {}) =>
    toShell(["todoflow", ...words, ...placeWords(elsewhere)]),
  compose: (words) => toShell(["docker", "compose", ...words]),
  git: (words) => toShell(["git", ...words]),
};

/** The flags of a place. */
export function placeWords(
  { directory, files = [], project, reports }: Elsewhere,
): string[] {
  return [
    ...(directory === undefined ? [] : ["-C", directory]),
    ...files.flatMap((file) => ["-f", file]),
    ...(project === undefined ? [] : ["-p", project]),
    ...(reports === undefined ? [] : ["--reports", reports]),
  ];
}
