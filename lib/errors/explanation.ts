/**
 * A failure in words, and the tables that word each kind.
 *
 * @module
 */

import type { Failure, Location } from "./failure.ts";

/** A failure in words: the failed thing, the causes, the evidence, and the next command. */
export interface Explanation {
  /** The failed thing and its state, in one line. */
  headline: string;
  /** The causes, one a line, the nearest first. */
  why?: string;
  /** The lines that show the cause best, such as the last ones of a container's log, and their title. */
  evidence?: { title: string; lines: readonly string[] };
  /** The file with all of these lines, relative to the caller's working directory. */
  logs?: string;
  /** The wrong place in a file. */
  location?: Location;
  /** The command to type next. */
  next?: string;
}

/** Words each of some kinds of failure. */
export type Wording<K extends Failure["kind"] = Failure["kind"]> = {
  [Kind in K]: (failure: Extract<Failure, { kind: Kind }>) => Explanation;
};
