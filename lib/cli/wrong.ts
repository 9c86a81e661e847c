/**
 * The parts that the errors about wrong command lines share.
 *
 * @module
 */

import type { Target } from "../target.ts";

/** A command line that is wrong. */
export interface Wrong {
  targets: readonly Target[];
  /** The arguments after `--`. */
  args: readonly string[];
  /** Whether a command line without `--` can be parsed. */
  isRight: (argv: readonly string[]) => Promise<boolean>;
}

/** A table in which each of some words stands for one. */
export function named(meant: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(" ").map((word) => [word, meant]));
}

/** The entry of a table for a word of the caller. */
export function lookUp<T>(
  table: Readonly<Record<string, T>>,
  word: string,
): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The arguments of a target, as they follow everything else. */
export function withArgs(args: readonly string[]): string[] {
  return args.length === 0 ? [] : ["--", ...args];
}
