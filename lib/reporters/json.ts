/**
 * Events as JSON lines on stdout, for programs.
 *
 * @module
 */

import type { Sink } from "../world.ts";
import type { Reporter } from "./reporter.ts";

/** Characters that JSON does not escape and that control terminals or reorder text. */
const OBEYED = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Prints each event as a line; its form is `TimedEvent` in `lib/plan/events.ts`. Programs get the original text. Escapes
 * replace everything that a terminal or CI system on the way would obey.
 */
export function jsonReporter({ stdout }: { stdout: Sink }): Reporter {
  return {
    emit: (event) =>
      stdout.write(
        JSON.stringify(event).replace(OBEYED, escaped)
          .replace(/#(?=#\w*\[)/g, escaped) + "\n",
      ),
    close: () => {},
  };
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
