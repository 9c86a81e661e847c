/**
 * Notices that a test service has run no test: its program may end with exit code 0 nevertheless.
 *
 * @module
 */

import type { ServiceLog } from "../page/logs.ts";
import type { TestsFound } from "../test_results/find.ts";
import { untimed } from "../text/log_time.ts";
import { plainLine } from "../text/plain_line.ts";

/** The lines by which test programs say that they have run no test. */
const NONE = new RegExp(
  [
    // pytest, unittest and Django
    "=* ?no tests ran\\b",
    "collected 0 items\\b",
    "(?:Ran|Found) 0 test(?:s|\\(s\\))",
    // Jest, Playwright, Vitest, Mocha and Node
    "(?:Error: )?No tests found\\b",
    "No test files found\\b",
    "0 passing\\b",
    "[#ℹ] tests 0$",
    // Go
    "\\?\\s+\\S+\\s+\\[no test files\\]",
    "ok\\s+\\S+\\s.*\\[no tests to run\\]",
    // RSpec, minitest, PHPUnit and ExUnit
    "0 examples,",
    "0 runs, 0 assertions",
    "No tests executed!",
    "(?:0 tests, 0 |There are no tests to run)",
    // cargo and Deno
    "running 0 tests\\b",
    "(?:error: )?No test modules found",
    // Maven, .NET, CTest and TAP
    "(?:\\[\\w+\\] )?Tests run: 0,",
    "No test is available in ",
    "No tests were found",
    "1\\.\\.0\\b",
  ].map((line) => `^\\s*${line}`).join("|"),
);

/** The lines by which they count tests: then others of their lines that say 0 are about a part of them. */
const SOME = new RegExp(
  [
    "\\b[1-9]\\d* (?:tests?|test\\(s\\)|examples?|runs?|items?)\\b",
    "\\b[1-9]\\d* (?:pass(?:ed|ing)?|fail(?:ed|ing|ures?)?|skipped)\\b",
    "^\\s*[#ℹ] tests [1-9]",
    "\\bTests run: [1-9]",
    "^(?:ok|FAIL)\\s+\\S+\\s+(?:[\\d.]+s|\\(cached\\))(?!.*\\[no tests to run\\])",
    "^\\s*--- (?:PASS|FAIL|SKIP)",
    "^(?:not )?ok \\d",
  ].join("|"),
);

/** The most UTF-16 units of a line that is told. */
const TOLD = 100;

/** A warning for each of these services that has run no test, by its reports or, if it has none, by its log. */
export function noTests(
  services: readonly string[],
  { suites, logs }: Pick<TestsFound, "suites"> & {
    logs: readonly ServiceLog[];
  },
): string[] {
  return services.flatMap((service) => {
    const own = suites.filter((suite) => suite.service === service);
    if (own.some(({ cases }) => cases.length > 0)) return [];
    if (own.length > 0) return `0 tests ran: "${service}" reports none`;
    const log = logs.find((log) => log.service === service);
    const line = log && noTestsIn(log);
    return line === undefined
      ? []
      : `0 tests ran: "${service}" says "${line.slice(0, TOLD)}"`;
  });
}

/** The line in a log that says that no test ran, unless another line counts some. */
function noTestsIn({ text, cut = 0 }: ServiceLog): string | undefined {
  // The part that is missing may count some.
  if (cut > 0) return undefined;
  let found: string | undefined;
  for (const line of untimed(text).split("\n")) {
    const plain = plainLine(line, { color: false }).trimEnd();
    if (SOME.test(plain)) return undefined;
    if (NONE.test(plain)) found ??= plain.trim();
  }
  return found;
}
