/**
 * A failure in words, and the tables that word each kind.
 *
 * @module
 */

import type { Failure, Location } from "./failure.ts";

/** A failure in words: what failed, why, what shows it, and what to type next. */
export interface Explanation {
  /** What failed, in a line. */
  headline: string;
  /** The cause; a chain of them has one a line, the nearest first. */
  why?: string;
  /** The lines that show it best, such as the last ones of a container's log, and what they are. */
  evidence?: { title: string; lines: readonly string[] };
  /** Where all of it is kept, relative to where the caller stands. */
  logs?: string;
  /** The line of a file that is wrong. */
  location?: Location;
  /** What to type next. */
  next?: string;
}

/** Words each of some kinds of failure. */
export type Wording<K extends Failure["kind"] = Failure["kind"]> = {
  [Kind in K]: (failure: Extract<Failure, { kind: Kind }>) => Explanation;
};
