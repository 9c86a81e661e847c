/**
 * Finds tests and coverage in what a run has collected, and merges them into one JUnit report.
 *
 * @module
 */

import type { TimedEvent } from "./events.ts";
import {
  type Coverage,
  parseCoverage,
  parseJUnit,
  parseTap,
  summaryOf,
  type TestCase,
} from "./test_results.ts";

/** A text file of a run's folder. */
export interface TextFile {
  /** Relative to the run's folder. */
  path: string;
  text: string;
}

/** What was found. */
export interface TestsFound {
  suites: { service: string; cases: TestCase[] }[];
  coverage: Coverage | undefined;
  /** Why a file could not be read: one line each. */
  problems: string[];
}

/** Where {@linkcode findTests} looks. */
export interface TestSources {
  /** The files that were copied out of containers. */
  reports: readonly TextFile[];
  /** The service that they are from. */
  service: string;
  /** The logs of one-shots, in which a TAP producer such as bats may have told its results. */
  logs: readonly { service: string; text: string }[];
  /**
   * The files of the repository, relative to where the caller stands: places of failed tests, which are paths in a
   * container, are looked up among them. Asked only if there are some.
   */
  files: () => Promise<readonly string[]>;
}

/** Reads JUnit and coverage from files and TAP from logs. What is broken is a problem, not an error. */
export async function findTests(
  { reports, service, logs, files }: TestSources,
): Promise<TestsFound> {
  const suites: TestsFound["suites"] = [];
  const problems: string[] = [];
  let coverage: Coverage | undefined;
  const cases: TestCase[] = [];
  for (const { path, text } of reports) {
    try {
      if (/\.tap$/.test(path)) cases.push(...parseTap(text) ?? []);
      if (!/\.(xml|info|lcov)$/.test(path)) continue;
      const found = await parseCoverage(text);
      if (found) coverage = found;
      else if (path.endsWith(".xml")) cases.push(...await parseJUnit(text));
    } catch (error) {
      problems.push(`${path}: ${(error as Error).message}`);
    }
  }
  if (cases.length > 0) suites.push({ service, cases });
  for (const { service, text } of logs) {
    const cases = parseTap(untimed(text));
    if (cases) suites.push({ service, cases });
  }
  const isPlaced = ({ result, file }: TestCase) =>
    result === "failed" && file !== undefined;
  const known = suites.some(({ cases }) => cases.some(isPlaced))
    ? await files()
    : [];
  return {
    suites: suites.map(({ service, cases }) => ({
      service,
      cases: cases.map((one) => isPlaced(one) ? placed(one, known) : one),
    })),
    coverage,
    problems,
  };
}

/** A log as the container wrote it. */
function untimed(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, "");
}

/** A test case whose file, a path in the container, is the one of the repository that ends most like it. */
function placed(one: TestCase, files: readonly string[]): TestCase {
  if (one.file === undefined) return one;
  const parts = one.file.split("/").filter((part) => !["", "."].includes(part));
  for (let i = 0; i < parts.length; i++) {
    const end = parts.slice(i).join("/");
    const found = files.filter((file) =>
      file === end || file.endsWith(`/${end}`)
    );
    if (found.length === 1) return { ...one, file: found[0]! };
    // Which one of several nobody knows.
    if (found.length > 1) break;
  }
  return one;
}

/** What is told of the tests. */
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

/** The steps of a run as test cases: one that failed, or was stopped, has not passed. */
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
        detail: [why.why ?? "", ...why.evidence?.lines ?? []].join("\n"),
      }),
    }];
  });
}
