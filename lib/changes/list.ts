/**
 * Lists the first of some things in a line.
 *
 * @module
 */

import { plainLine } from "../text/plain_line.ts";

/** How many things are named, and the most characters of each. */
const NAMED = 3;
const LONGEST = 120;

/**
 * The first things, and how many more there are.
 *
 * @param options.of how many there are, if they are not all given
 */
export function listed(
  things: readonly string[],
  { of = things.length, between = ", " }: { of?: number; between?: string } =
    {},
): string {
  const shown = things.slice(0, NAMED).map((thing) => {
    const line = plainLine(thing, { color: false });
    return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  });
  const more = of - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(between);
}
