/**
 * Finds the cause of a failure in the last words of a program: one table of recognizers, and nothing where none is sure.
 *
 * @module
 */

import { DATABASE_ROWS } from "./databases.ts";
import { ending } from "./ending.ts";
import type { Facts } from "./facts.ts";
import { FILE_ROWS, NAMELESS_FILE_ROWS } from "./files.ts";
import { LIBRARY_ROWS } from "./libraries.ts";
import { MEMORY_ROWS } from "./memory.ts";
import { NAMELESS_NETWORK_ROWS, NETWORK_ROWS } from "./network.ts";
import { PROGRAM_ROWS } from "./programs.ts";
import { causeFrom, type Row } from "./row.ts";
import type { Cause } from "../errors/diagnosis.ts";
import { SETTING_ROWS } from "./settings.ts";

/** The rows, most specific first: those of a group are tried on all lines before the next group is. */
const TABLE: readonly (readonly Row[])[] = [
  [
    ...DATABASE_ROWS,
    ...LIBRARY_ROWS,
    ...SETTING_ROWS,
    ...MEMORY_ROWS,
    ...NETWORK_ROWS,
    ...PROGRAM_ROWS,
    ...FILE_ROWS,
  ],
  [...NAMELESS_NETWORK_ROWS, ...NAMELESS_FILE_ROWS],
];

/**
 * The cause in the last words of a container; undefined where none is sure. Only lines near the end count, and
 * of those the last one that has a cause.
 *
 * @param lines the last lines of its log, of its last start
 * @param facts undefined where there is no container, as in a build
 */
export function causeIn(
  lines: readonly string[],
  facts?: Facts,
): Cause | undefined {
  const last = ending(lines);
  for (const rows of TABLE) {
    for (let at = last.length - 1; at >= 0; at--) {
      const found = causeOf(rows, { facts, lines: last, at });
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The cause in one line. */
function causeOf(
  rows: readonly Row[],
  context: Parameters<Row["cause"]>[1],
): Cause | undefined {
  const line = context.lines[context.at]!;
  for (const { words, cause } of rows) {
    const match = words.exec(line);
    const found = match && causeFrom(cause(match.groups ?? {}, context));
    if (found) return found;
  }
  return undefined;
}
