/**
 * The tests of a run, out of its reports and logs, and the warnings about them.
 *
 * @module
 */

import { type FailedTest, failedTest } from "../errors/evidence.ts";
import type { Event } from "../plan/events.ts";
import { NOTHING_HIDDEN, type Redactor } from "../secrets/redact.ts";
import { untimed } from "../text/log_time.ts";
import type { TestCase } from "../test_results/cases.ts";
import {
  findTests,
  placedIn,
  type TestsFound,
  type TestSources,
} from "../test_results/find.ts";
import { withoutRepeated } from "../test_results/same_tests.ts";
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

/** Logs, and the files that the tests in them may name. */
interface FailedTestOptions {
  /** The service whose tests are wanted. */
  service: string;
  /** Logs of services, with or without the engine's times; each may be only the end of one. */
  logs: TestSources["logs"];
  /** The files of the repository, relative to the caller's working directory; called only if a place is known. */
  files: TestSources["files"];
  /** Hides secrets; default: hides nothing. */
  redactor?: Redactor | undefined;
}

/**
 * The failed tests that the logs of a service name: those of TAP, and those in the console output of test programs. Their
 * places are files of the repository, or of the container where the repository has none of that name.
 */
export async function failedTestsOf(
  { service, logs, files, redactor = NOTHING_HIDDEN }: FailedTestOptions,
): Promise<FailedTest[]> {
  // Loaded only after a failure.
  const { failedTestsIn } = await import(
    "../test_results/console/failed_tests.ts"
  );
  const own = logs.filter((log) => log.service === service);
  const tap = await findTests({ reports: [], service, logs: own, files });
  const cases = own.flatMap(({ text }) => failedTestsIn(untimed(text)));
  const printed = failedOf(await placedIn([{ service, cases }], files));
  const told = withoutRepeated(failedOf(tap.suites), [printed]);
  return redactor.within([...told, ...printed].map(failedTest));
}

function failedOf(suites: TestsFound["suites"]): TestCase[] {
  return suites.flatMap(({ cases }) => cases)
    .filter(({ result }) => result === "failed");
}
