/**
 * The verdict of the acceptance tests about a release.
 *
 * @module
 */

import type { Workflow } from "../compose/workflow.ts";
import type { Event } from "../plan/events.ts";
import { summaryText } from "../test_results/cases.ts";

/** Counts of tests. */
export type Totals = Extract<Event, { kind: "tests" }>["totals"];

/** The tests of one service. */
export interface ServiceTests {
  service: string;
  totals: Totals;
}

/** The end of the acceptance tests, which have ended with exit code 0. */
export interface Acceptance {
  /** The service that runs them. */
  service: string;
  /** Whether they have accepted the release: where they report tests, some have passed and none has failed. */
  passed: boolean;
  /** Their report; absent where the exit code alone counts. */
  tests?: Totals;
}

/** The acceptance of a release that has succeeded; undefined if it has no acceptance tests. */
export function acceptanceOf(
  { release: { acceptance: service } }: Workflow,
  tests: readonly ServiceTests[],
): Acceptance | undefined {
  if (service === undefined) return undefined;
  const own = tests.filter((one) => one.service === service);
  if (own.length === 0) return { service, passed: true };
  const totals = sumOf(own);
  return {
    service,
    passed: totals.passed > 0 && totals.failed === 0,
    tests: totals,
  };
}

/** The tests of all services together. */
export function sumOf(tests: readonly ServiceTests[]): Totals {
  const sum = (key: keyof Totals) =>
    tests.reduce((all, { totals }) => all + totals[key], 0);
  return {
    tests: sum("tests"),
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
  };
}

/** Why a release was not accepted, such as `"acceptance" reports 3 tests, 2 failed`. */
export function notAccepted({ service, tests }: Acceptance): string {
  return `"${service}" reports ${
    tests && tests.tests > 0 ? summaryText(tests) : "no test"
  }`;
}
