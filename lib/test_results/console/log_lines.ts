/**
 * The lines of a log as a terminal shows them.
 *
 * @module
 */

import { plainText } from "../../text/untrusted.ts";
import { MAX_LINE } from "../places.ts";

/** The most lines of a log that are read: its last ones. */
const MAX_LINES = 100_000;

/** The sequence by which bats overwrites a line: it moves the cursor to the first column. */
// deno-lint-ignore no-control-regex
const TO_START = /\x1b\[1?G/g;

/** The lines without colors; of a line that was overwritten its last text, and of a long one its beginning. */
export function logLines(log: string): string[] {
  return plainText(log.replace(TO_START, "\r")).split("\n").slice(-MAX_LINES)
    .map((line) => {
      const own = line.replace(/\r+$/, "");
      return own.slice(own.lastIndexOf("\r") + 1).slice(0, MAX_LINE);
    });
}
