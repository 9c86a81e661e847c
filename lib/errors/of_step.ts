/**
 * Which failures come from a step of the plan.
 *
 * @module
 */

import type { Failure } from "./failure.ts";

/**
 * Whether a step has failed by itself: the application, a deadline or the machine, but neither a signal nor todoflow has
 * ended it.
 */
export function isOfStep(failures: readonly Failure[]): boolean {
  return failures.some((failure) =>
    "step" in failure && failure.kind !== "own-fault"
  ) && !failures.some(({ kind }) => kind === "signal");
}
