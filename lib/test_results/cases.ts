/**
 * Test cases and their counts, as test programs in containers report them.
 *
 * @module
 */

/** A test that ran or was skipped. */
export interface TestCase {
  /** The group that the program gives it: a class, a package or a file; "" without a group. */
  suite: string;
  /** The name that the program gives it; several cases may share a name. */
  name: string;
  /** Errors, too, are "failed". */
  result: "passed" | "failed" | "skipped";
  /** Duration in whole milliseconds. */
  ms?: number;
  /** Why it failed or was skipped; may have several lines. */
  message?: string;
  /** The whole text of the failure, such as its stack. */
  detail?: string;
  /** The path in the container that the program gives: absolute, or relative to where it ran. */
  file?: string;
  /** Counted from 1. */
  line?: number;
}

/** Cases with their counts. */
export interface TestResults {
  /** How many cases there are: the sum of the other three. */
  tests: number;
  /** How many of them passed. */
  passed: number;
  /** How many failed. */
  failed: number;
  /** How many were skipped. */
  skipped: number;
  /** The cases. */
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

/** One line, such as "17 tests, 15 passed, 1 failed, 1 skipped, 83 % covered"; rounds down, so that 100 % means all lines. */
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
