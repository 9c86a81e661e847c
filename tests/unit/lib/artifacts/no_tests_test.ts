import { assertEquals } from "@std/assert";
import { noTests } from "../../../../lib/artifacts/no_tests.ts";
import type { TestCase } from "../../../../lib/test_results/cases.ts";

const TIME = "2026-01-02T03:04:05.678901234Z";

/** The warnings about a test service that has written these lines. */
function warned(lines: string, cut = 0): string[] {
  const text = lines.split("\n").map((line) => `${TIME} ${line}\n`).join("");
  const logs = [{ service: "test", text, cut }];
  return noTests(["test"], { suites: [], logs });
}

const NONE = [
  "==================== no tests ran in 0.01s ====================",
  "no tests ran in 0.00s",
  "collecting ... collected 0 items\nno tests ran in 0.00s",
  "collected 0 items",
  "Found 0 test(s).\nRan 0 tests in 0.000s\n\nOK",
  "Ran 0 tests in 0.000s\n\nNO TESTS RAN",
  "No tests found, exiting with code 0",
  "Error: No tests found",
  "No test files found, exiting with code 0",
  "\x1b[32m  0 passing\x1b[0m (1ms)",
  "TAP version 13\n# tests 0\n# pass 0",
  "ℹ tests 0\nℹ suites 0",
  "?   \texample.com/shop\t[no test files]",
  "testing: warning: no tests to run\nok  \texample.com/shop\t0.003s [no tests to run]",
  "0 examples, 0 failures",
  "0 runs, 0 assertions, 0 failures, 0 errors, 0 skips",
  "PHPUnit 10.5\n\nNo tests executed!",
  "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored",
  "error: No test modules found",
  "[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0",
  "No test is available in /app/Tests.dll.",
  "1..0 # skipped",
];

const SOME = [
  "collected 12 items\n12 passed in 0.10s",
  "collected 0 items\nno tests ran in 0.00s\ncollected 2 items\n2 passed in 0.01s",
  "running 0 tests\ntest result: ok. 0 passed\nrunning 3 tests\ntest result: ok. 3 passed",
  "ok  \texample.com/a\t0.003s\n?   \texample.com/b\t[no test files]",
  "ok  \texample.com/a\t(cached)\n?   \texample.com/b\t[no test files]",
  "--- FAIL: TestSum (0.00s)\n?   \texample.com/b\t[no test files]",
  "0 passing\n3 failing",
  "Found 0 test(s).\nRan 12 tests in 0.100s",
  "12 examples, 0 failures",
  "# tests 10\n# fail 0",
  "Tests run: 0, Failures: 0\nTests run: 7, Failures: 0",
  "1..0\n1..2\nok 1 - a\nok 2 - b",
  "0 tests, 0 failures\n1 test, 0 failures",
  "Listening on 8000",
  "GET /tests 200 in 0 ms",
];

Deno.test("a program that says that it has run no test is quoted, unless it counts tests elsewhere", () => {
  assertEquals(NONE.filter((lines) => warned(lines).length !== 1), []);
  assertEquals(SOME.filter((lines) => warned(lines).length !== 0), []);
  assertEquals(warned(`a\n${NONE[9]}`), [
    '0 tests ran: "test" says "0 passing (1ms)"',
  ]);
  const long = `running 0 tests ${"x".repeat(200)}`;
  assertEquals(
    warned(long)[0]!.length,
    '0 tests ran: "test" says ""'.length + 100,
  );
});

Deno.test("a log whose beginning is missing proves nothing", () => {
  assertEquals(warned("no tests ran in 0.01s", 1), []);
});

const CASE: TestCase = { suite: "", name: "a", result: "skipped" };

Deno.test("reports count before the log does, those of a service together", () => {
  const logs = [{ service: "test", text: "no tests ran in 0.01s\n" }];
  const of = (...counts: number[]) =>
    noTests(["test"], {
      suites: counts.map((count) => ({
        service: "test",
        cases: Array.from({ length: count }, () => CASE),
      })),
      logs,
    });
  const none = ['0 tests ran: "test" reports none'];
  assertEquals([of(0), of(0, 0), of(0, 1), of(2)], [none, none, [], []]);
});

Deno.test("only services of tests are warned about, each by itself", () => {
  const text = "no tests ran in 0.01s\n";
  const logs = ["lint", "migrate", "unit"].map((service) => ({
    service,
    text,
  }));
  const suites = [{ service: "unit", cases: [CASE] }];
  assertEquals(noTests(["lint", "unit", "e2e"], { suites, logs }), [
    '0 tests ran: "lint" says "no tests ran in 0.01s"',
  ]);
});
