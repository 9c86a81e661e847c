/**
 * Long text, cut for a reader.
 *
 * @module
 */

import { count } from "../text/units.ts";

/** The most UTF-16 units of a line or message: people do not read longer ones, and a browser would be slow. */
const MAX_TEXT = 10_000;

/** The text, or the beginning of a long one and how much is missing. */
export function beginning(text: string): string {
  const more = text.length - MAX_TEXT;
  return more > 0
    ? `${text.slice(0, MAX_TEXT)} … and ${count(more, "more character")}`
    : text;
}
