/**
 * Events as JSON lines on stdout, for programs.
 *
 * @module
 */

import { jsonText } from "../text/untrusted.ts";
import type { Sink } from "../world.ts";
import type { Reporter } from "./reporter.ts";

/**
 * Prints each event as a line; its form is `TimedEvent` in `lib/plan/events.ts`. Programs get the original text. Escapes
 * replace everything that a terminal or CI system on the way would obey.
 */
export function jsonReporter({ stdout }: { stdout: Sink }): Reporter {
  return {
    emit: (event) => stdout.write(`${jsonText(event)}\n`),
    close: () => {},
  };
}
