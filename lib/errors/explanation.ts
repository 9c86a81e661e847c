/**
 * A failure in words, and the tables that word each kind.
 *
 * @module
 */

import type { Evidence, FailedTest } from "./evidence.ts";
import type { Location } from "./location.ts";
import type { Failure } from "./failure.ts";
import type { Typing } from "./typing.ts";

/**
 * A failure in words: the failed thing, the causes, the evidence, and the next command. It is made once; a terminal, a CI
 * system, `steps.xml`, `events.jsonl` and `run.html` show the same.
 */
export interface Explanation {
  /** The failed thing and its state, in one line. */
  headline: string;
  /** The step that has failed, if it was one. */
  step?: string;
  /** The causes, one a line, the nearest first. */
  why?: string;
  /** The failed tests of the step, as reports or its log name them. */
  tests?: readonly FailedTest[];
  /** The lines that show the cause best: first those of the failed container, then those of others. */
  evidence?: readonly Evidence[];
  /** The differences from the last run that has succeeded, a line each. */
  changed?: Evidence;
  /** The wrong place in a file. */
  location?: Location;
  /** The command to type next. */
  next?: string;
}

/** Words each of some kinds of failure. Commands of todoflow, Compose and git are written by `typing`. */
export type Wording<K extends Failure["kind"] = Failure["kind"]> = {
  [Kind in K]: (
    failure: Extract<Failure, { kind: Kind }>,
    typing: Typing,
  ) => Explanation;
};
