/**
 * The tests of a run in lines.
 *
 * @module
 */

import { describeTest } from "../errors/failure_text.ts";
import { summaryText } from "../test_results/cases.ts";
import type { Style } from "../text/color.ts";
import { plainLine } from "../text/plain_line.ts";
import { seconds } from "../text/units.ts";
import { cut } from "../text/width.ts";
import { resultOf } from "./answer.ts";
import type { Run } from "./told.ts";

/** The most failed tests, and slow ones, to list. */
const FAILED_TESTS = 10;
const SLOWEST = 5;

/** The results of each service's tests, such as "test: 12 tests, 12 passed, 83 % covered". */
export function testLines({ tests }: Run): string[] {
  return tests.map(({ service, totals, coverage }) =>
    plainLine(`${service}: ${summaryText(totals, coverage)}`, { color: false })
  );
}

/** The tests that took most of the time of a run that has succeeded, such as "  slow 3.1 s  todos: adds one". */
export function slowTests(run: Run, { width }: { width: number }): string[] {
  if (resultOf(run) !== "ok") return [];
  const slow = run.tests.flatMap(({ slowest = [] }) => slowest)
    .toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0)).slice(0, SLOWEST);
  const times = slow.map(({ ms = 0 }) => seconds(ms));
  const widest = Math.max(0, ...times.map((time) => time.length));
  return slow.map((test, i) =>
    cut(
      `  slow ${times[i]!.padStart(widest)}  ${describeTest(test).name}`,
      width,
    )
  );
}

/** The failed tests that no failure names. */
export function failedTests(
  { tests, failures }: Run,
  { style, width = Infinity }: { style: Style; width?: number },
): string[] {
  const named = failures.filter(({ tests = [] }) => tests.length > 0)
    .map(({ step }) => step);
  const failed = tests.filter(({ step }) => !named.includes(step))
    .flatMap(({ failed }) => failed);
  const more = failed.length - FAILED_TESTS;
  return [
    ...failed.slice(0, FAILED_TESTS).map(describeTest).flatMap(
      ({ name, message, place }) => [
        `  ${style.red("failed")} ${cut(name, width - 10)}`,
        ...[message, place].filter(Boolean)
          .map((text) => `    | ${cut(text, width - 7)}`),
      ],
    ),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}
