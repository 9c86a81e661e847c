/**
 * The tests of a run, as events and as cases of a report.
 *
 * @module
 */

import type { TestsFound } from "../test_results/find.ts";
import { summaryOf, type TestCase } from "../test_results/cases.ts";
import type { Explanation } from "../errors/explanation.ts";
import { failureText } from "../errors/failure_text.ts";
import type { TimedEvent } from "../plan/events.ts";

/** The events about the tests. */
export function testEvents(
  { suites, coverage }: TestsFound,
  stepOf: (service: string) => string,
): Extract<TimedEvent, { kind: "tests" }>[] {
  return suites.map(({ service, cases }, i) => {
    const { cases: _, ...totals } = summaryOf(cases);
    return {
      at: new Date().toISOString(),
      kind: "tests",
      step: stepOf(service),
      service,
      totals,
      failed: cases.filter(({ result }) => result === "failed"),
      ...slowestOf(cases),
      ...(i === 0 && coverage && { coverage }),
    };
  });
}

/** How many slow tests an event names, and how long (ms) each must have taken. */
const SLOWEST = 5;
const SLOW = 500;

/** The slowest tests of an event. */
function slowestOf(
  cases: readonly TestCase[],
): Pick<Extract<TimedEvent, { kind: "tests" }>, "slowest"> {
  const slowest = cases.filter(({ ms = 0 }) => ms >= SLOW)
    .toSorted((a, b) => b.ms! - a.ms!).slice(0, SLOWEST)
    .map(({ suite, name, ms }) => ({ suite, name, ms: ms! }));
  return slowest.length > 0 ? { slowest } : {};
}

/**
 * The steps of a run as test cases; a step that failed or was stopped has not passed. A step that was tried again counts
 * once, with its last result, and of a run that was planned again only the last plan counts.
 */
export function stepCases(events: readonly TimedEvent[]): TestCase[] {
  const ends = new Map<string, Pick<TestCase, "result"> & { ms: number }>();
  const reasons = new Map<string, Explanation>();
  for (const event of events) {
    if (event.kind === "run-start") ends.clear();
    if (event.kind === "step-end") {
      const { step, result, ms } = event;
      const before = ends.get(step)?.ms ?? 0;
      ends.set(step, { result: RESULTS[result], ms: before + ms });
    }
    if (event.kind === "failure") {
      const { explanation } = event;
      const { step } = explanation;
      if (step !== undefined) reasons.set(step, explanation);
    }
  }
  return [...ends].map(([step, { result, ms }]) => {
    const why = result === "failed" ? reasons.get(step) : undefined;
    const said = why && { message: why.headline, detail: failureText(why) };
    return { suite: "steps", name: step, ms, result, ...said };
  });
}

/** The results of steps as those of tests. */
const RESULTS = { ok: "passed", failed: "failed", stopped: "skipped" } as const;
