/**
 * Long text, cut for a reader.
 *
 * @module
 */

import { count } from "../text/units.ts";

/** The longest line or message that is shown whole, in UTF-16 units: no person reads more, and a browser would be slow. */
const MAX_TEXT = 10_000;

/** The text, or its beginning and how much more there is. */
export function beginning(text: string): string {
  const more = text.length - MAX_TEXT;
  return more > 0
    ? `${text.slice(0, MAX_TEXT)} … and ${count(more, "more character")}`
    : text;
}
