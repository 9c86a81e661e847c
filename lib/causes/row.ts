/**
 * A row of the table of causes.
 *
 * @module
 */

import type { Facts } from "./facts.ts";

/** The named groups of an expression; undefined where a group has matched nothing. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** Where a line was found. */
export interface Context {
  /** Undefined where there is no container, as in a build. */
  facts: Facts | undefined;
  /** The lines in which the program says why it ends. */
  lines: readonly string[];
  /** The index of the line. */
  at: number;
}

/** The words of a program, and the cause that they mean. */
export interface Row {
  /** Linear, because containers are not trusted. */
  words: RegExp;
  /** The cause; undefined where the facts contradict it, or do not suffice. */
  cause: (groups: Groups, context: Context) => string | undefined;
}
