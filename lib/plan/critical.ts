/**
 * The critical path: the chain of steps that decided how long a run took.
 *
 * @module
 */

import type { PlannedStep } from "./events.ts";

/** One execution of a step. */
export interface Executed {
  /** When it ended, in milliseconds from any fixed point. */
  end: number;
  /** "unfinished": the events end before it does. */
  result: "ok" | "failed" | "stopped" | "unfinished";
  /** The step in the plan; absent if the plan is unknown. */
  planned?: PlannedStep;
}

/**
 * The chain of steps that decided on the end, in order: from the first failed step, or else the one that ended last, back
 * through the predecessor that ended last each time. Clean-up follows in any case, so it is not a part of the chain.
 */
export function criticalPath<One extends Executed>(
  steps: readonly One[],
): One[] {
  const known = steps.filter(({ planned }) => planned && !planned.cleanup);
  const ended = known.filter(({ result }) => result !== "unfinished");
  const byName = new Map<string, One>();
  for (const one of known) {
    const { name } = one.planned!;
    byName.set(name, lastOf([byName.get(name) ?? one, one])!);
  }
  const chain = new Set<One>();
  let one = ended.find(({ result }) => result === "failed") ?? lastOf(ended) ??
    lastOf(known);
  while (one && !chain.has(one)) {
    chain.add(one);
    const after: readonly string[] = one.planned?.after ?? [];
    one = lastOf(after.flatMap((name) => byName.get(name) ?? []));
  }
  return [...chain].toReversed();
}

function lastOf<One extends Executed>(steps: readonly One[]): One | undefined {
  return steps.reduce<One | undefined>(
    (last, one) => last && last.end >= one.end ? last : one,
    undefined,
  );
}
