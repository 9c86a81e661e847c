/**
 * The tests of a run, out of its reports and logs, and the warnings about them.
 *
 * @module
 */

import type { Event } from "../plan/events.ts";
import { NOTHING_HIDDEN, type Redactor } from "../secrets/redact.ts";
import {
  findTests,
  type TestsFound,
  type TestSources,
} from "../test_results/find.ts";
import type { Artifacts } from "./collect.ts";
import { noTests } from "./no_tests.ts";
import { testEvents } from "./tests.ts";

/** Names the step of a service. */
export type StepOf = (service: string) => string;

/** The facts about the tests of a run. */
export interface TestOptions {
  /** Hides secrets in events, logs and tests; default: hides nothing. */
  redactor?: Redactor;
  /** The service whose reports are collected. */
  testService: string;
  /** All services that run tests: one that has run none gets a warning. Default: only `testService`. */
  tests?: readonly string[];
  /** The one-shots, whose logs may contain the results of tests. */
  oneShots: readonly string[];
  /** The files of the repository; called only if a test has failed. */
  files: () => Promise<readonly string[]>;
}

/** Reads the tests of reports and logs; a report that cannot be read becomes a notice of the step. */
export async function testsOf(
  { logs, reports, found = NONE, services = NONE, lost = [] }: Awaited<
    ReturnType<Artifacts["finish"]>
  >,
  { testService, tests = [testService], oneShots, files, stepOf, redactor }:
    & TestOptions
    & { stepOf: StepOf },
) {
  const named = reports.filter(({ path }) => !found.has(path));
  const read = (reports: TestSources["reports"]) =>
    findTests({
      ...{ reports, files },
      services: new Map([...services, ...found]),
      service: testService,
      logs: logs.filter(({ service }) => oneShots.includes(service)),
    });
  const all = await read(reports);
  const { suites } = all;
  const problems: Event[] = [
    ...lost,
    ...all.problems.map((problem) => `cannot read ${problem}`),
    ...noTests(tests, { suites, logs }),
  ].map((line) => ({
    kind: "output" as const,
    step: stepOf(testService),
    line,
    notice: true as const,
  }));
  const eventsOf = (tests: TestsFound) =>
    testEvents(tests, stepOf).map(({ at: _, ...event }) => event);
  return {
    // Secrets are hidden only now: XML may escape them, and hiding may break XML.
    suites: (redactor ?? NOTHING_HIDDEN).within(suites),
    problems,
    events: eventsOf(all),
    // Reports that no key names decide about nothing.
    accepting: eventsOf(
      named.length === reports.length ? all : await read(named),
    ),
  };
}

const NONE: ReadonlyMap<string, string> = new Map();
