/**
 * Test results and coverage out of what the test programs in containers wrote. Text in, data out.
 *
 * @module
 */

/** A test that ran or was skipped. */
export interface TestCase {
  /** What the program grouped it by: a class, a package or a file; "" when it was not grouped. */
  suite: string;
  /** As the program gives it; may be the same in several cases. */
  name: string;
  /** Errors, too, are "failed". */
  result: "passed" | "failed" | "skipped";
  /** Duration in whole milliseconds. */
  ms?: number;
  /** Why it failed or was skipped; may have several lines. */
  message?: string;
  /** The whole text of the failure, such as its stack. */
  detail?: string;
  /** As the program named it: absolute, or relative to where it ran; both are meant inside the container. */
  file?: string;
  /** Counted from 1. */
  line?: number;
}

/** Cases with their counts. */
export interface TestResults {
  /** How many cases there are; the other three together. */
  tests: number;
  /** How many of them passed. */
  passed: number;
  /** How many failed. */
  failed: number;
  /** How many were skipped. */
  skipped: number;
  /** All of them. */
  cases: readonly TestCase[];
}

/** Counts the cases. */
export function summaryOf(cases: readonly TestCase[]): TestResults {
  const count = (result: TestCase["result"]) =>
    cases.filter((testCase) => testCase.result === result).length;
  return {
    tests: cases.length,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    cases,
  };
}

/** One line, such as "17 tests, 15 passed, 1 failed, 1 skipped, 83 % covered"; only all lines are 100 %. */
export function summaryText(
  { tests, passed, failed, skipped }: Omit<TestResults, "cases">,
  coverage?: { lines: number; covered: number },
): string {
  return [
    `${tests} ${tests === 1 ? "test" : "tests"}`,
    `${passed} passed`,
    failed > 0 && `${failed} failed`,
    skipped > 0 && `${skipped} skipped`,
    coverage && coverage.lines > 0 &&
    `${Math.floor(coverage.covered * 100 / coverage.lines)} % covered`,
  ].filter(Boolean).join(", ");
}
