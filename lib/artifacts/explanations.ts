/**
 * Words the failures of a run at its end, when all files are collected.
 *
 * @module
 */

import type { Evidence } from "../errors/evidence.ts";
import type { Explanation } from "../errors/explanation.ts";
import type { Failure } from "../errors/failure.ts";
import { isOfStep } from "../errors/of_step.ts";
import type { Typing } from "../errors/typing.ts";
import { explain } from "../errors/wording.ts";
import { type Sleep, within } from "../pause.ts";
import { explained, type Known } from "./explained.ts";

/** How {@linkcode explanations} are made. */
export interface ExplainOptions {
  /** All that is known at the end of the run. */
  known: Known;
  /** Writes the commands to type after a failure. */
  typing?: Typing | undefined;
  /** The differences from the last successful run; asked only if a step has failed. */
  changed?: (() => Promise<Evidence | undefined>) | undefined;
  /** Takes an exception, which must not cost the run its end. */
  onFault?: ((error: unknown) => void) | undefined;
  /** Aborted when the caller no longer waits. */
  signal?: AbortSignal | undefined;
  sleep?: Sleep | undefined;
}

/** How long (ms) the evidence of failures may take. */
const EXPLAINED_WITHIN = 20_000;

/** How long (ms) a failed run may be compared with the last successful one. */
const COMPARED_WITHIN = 3_000;

/** How long (ms) both may take after the signal. */
const GIVEN_UP = 500;

/** The failures in words; without the time for their evidence, a failure still has its own words. */
export async function explanations(
  failures: readonly Failure[],
  options: ExplainOptions,
): Promise<readonly Explanation[]> {
  if (failures.length === 0) return [];
  const { known, onFault, typing } = options;
  const inTime = async <T>(ms: number, work: Promise<T>) => {
    const { signal, sleep } = options;
    try {
      return await within(work, { ms, signal, grace: GIVEN_UP, sleep });
    } catch (error) {
      onFault?.(error);
      return undefined;
    }
  };
  const [told, changed] = await Promise.all([
    inTime(
      EXPLAINED_WITHIN,
      Promise.all(failures.map((failure) => explained(failure, known, typing))),
    ),
    changedOf(failures, options),
  ]);
  const [first, ...others] = told ??
    failures.map((failure) => explain(failure, typing));
  return [{ ...first!, ...(changed && { changed }) }, ...others];
}

/** The differences; what cannot be compared is no fault. */
async function changedOf(
  failures: readonly Failure[],
  { changed, signal, sleep }: ExplainOptions,
): Promise<Evidence | undefined> {
  if (!changed || !isOfStep(failures)) return undefined;
  try {
    return await within(changed(), { ms: COMPARED_WITHIN, signal, sleep });
  } catch {
    return undefined;
  }
}
