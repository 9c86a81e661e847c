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
  { logs, reports, found = NONE, lost = [] }: Awaited<
    ReturnType<Artifacts["finish"]>
  >,
  { testService, tests = [testService], oneShots, files, stepOf, redactor }:
    & TestOptions
    & { stepOf: StepOf },
) {
  const isFound = ({ path }: { path: string }) => found.has(path);
  const named = await findTests({
    reports: reports.filter((report) => !isFound(report)),
    service: testService,
    logs: logs.filter(({ service }) => oneShots.includes(service)),
    files,
  });
  const all = [
    named,
    ...await foundTests(reports.filter(isFound), { found, files }),
  ];
  const suites = all.flatMap(({ suites }) => suites);
  const coverage = all.findLast(({ coverage }) => coverage)?.coverage;
  const problems: Event[] = [
    ...lost,
    ...all.flatMap(({ problems }) => problems)
      .map((problem) => `cannot read ${problem}`),
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
    events: eventsOf({ suites, coverage, problems: [] }),
    // Reports that no key names decide about nothing.
    accepting: eventsOf(named),
  };
}

const NONE: ReadonlyMap<string, string> = new Map();

/** The tests in reports that were found, by the services that have written them. */
async function foundTests(
  reports: TestSources["reports"],
  { found, files }: Pick<TestSources, "files"> & {
    found: ReadonlyMap<string, string>;
  },
): Promise<TestsFound[]> {
  const tests: TestsFound[] = [];
  const all = Map.groupBy(reports, ({ path }) => found.get(path)!);
  for (const [service, reports] of all) {
    tests.push(await findTests({ reports, service, logs: [], files }));
  }
  return tests;
}
