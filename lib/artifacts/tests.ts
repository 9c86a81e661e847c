/**
 * The tests of a run, as events and as cases of a report.
 *
 * @module
 */

import type { TestsFound } from "../test_results/find.ts";
import { summaryOf, type TestCase } from "../test_results/cases.ts";
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
      ...(i === 0 && coverage && { coverage }),
    };
  });
}

/** The steps of a run as test cases; a step that failed or was stopped has not passed. */
export function stepCases(events: readonly TimedEvent[]): TestCase[] {
  const [failure] = events.filter(({ kind }) => kind === "failure");
  const why = failure?.kind === "failure" ? failure.explanation : undefined;
  return events.flatMap((event) => {
    if (event.kind !== "step-end") return [];
    const { step, result, ms } = event;
    return [{
      suite: "steps",
      name: step,
      ms,
      result: result === "ok"
        ? "passed" as const
        : result === "failed"
        ? "failed" as const
        : "skipped" as const,
      ...(result === "failed" && why && {
        message: why.headline,
        detail: failureText(why),
      }),
    }];
  });
}
