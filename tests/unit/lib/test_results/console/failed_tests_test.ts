import { assert, assertEquals } from "@std/assert";
import { failedTestsIn } from "../../../../../lib/test_results/console/failed_tests.ts";
import {
  MAX_MESSAGE,
  MAX_NAME,
} from "../../../../../lib/test_results/limits.ts";
import { line } from "../../artifacts/test_reports.ts";

const FOLDER = new URL("fixtures/", import.meta.url);

function outline(log: string): string[] {
  return failedTestsIn(log).map(line);
}

function fixture(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, FOLDER));
}

const FAILURES = "=================== FAILURES ===================\n";
const SUMMARY = "=========== short test summary info ===========\n";
const END = "========== 1 failed, 2 passed in 0.05s ==========\n";

/** Logs without a failed test, which have lines that look like some of a runner's. */
const OTHERS: readonly [of: string, log: string][] = [
  ["nothing", ""],
  [
    "an application",
    `Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)
FAIL could not reach the database
FAILED
ERROR: relation "todos" does not exist
  1) GET /todos:
     500
1) ATest::testBad
  1 failed
3 failed, retrying in 2s
--- FAIL: TestBad (0.00s)
✖ bad (1.2ms)
 ✗ bad
   (in test file a.bats, line 1)
  ● A › bad
 FAIL  a.test.js > A > bad
Failures:
  Failed a.b [1 ms]
  Error Message:
_______________ test_bad _______________
---- a stdout ----
failures:
    a
test a ... FAILED
[ERROR] a.b -- Time elapsed: 0.1 s <<< FAILURE!
`,
  ],
  [
    "the reports of failures that are no tests",
    `FAILED (code 1)
Tests: 3 of 5 failed
Test result: FAILED
0 failing
Build failed: 2 errors in 3s
Failed!
exit status 1
`,
  ],
  [
    "runs in which all tests have passed",
    `${FAILURES.replace("FAILURES", "PASSES")}___ test_ok ___
========== 3 passed, 1 xfailed in 0.05s ==========
.
----------------------------------------------------------------------
Ran 1 test in 0.001s

OK (skipped=1)
PASS ./a.test.js
  ● Console
Test Suites: 1 passed, 1 total
Tests:       2 passed, 2 total
 Test Files  1 passed (1)
ok  \texample.com/a/a\t0.003s
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
3 examples, 0 failures
2 runs, 2 assertions, 0 failures, 0 errors, 0 skips
OK (2 tests, 2 assertions)
[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0
5 tests, 0 failures
ok | 3 passed | 0 failed (5ms)
ℹ fail 0
  2 passing (3ms)
Test run finished after 12 ms
Passed!  - Failed:     0, Passed:     3, Skipped:     0, Total:     3
`,
  ],
];

for (const [of, log] of OTHERS) {
  Deno.test(`a log with ${of} has no failed test`, () => {
    assertEquals(outline(log), []);
  });
}

Deno.test("several runners in one log give the tests of each, in the order of the log", async () => {
  const logs = await Promise.all(
    ["mocha/color.txt", "pytest/plain.txt"].map(fixture),
  );
  const both = outline(
    `> test\n> mocha && pytest\n${logs.join("exit status 6\n")}done\n`,
  );
  assertEquals(both, logs.flatMap(outline));
  assertEquals(both.length, 13);
});

Deno.test("two runs of one runner give the tests of both", () => {
  const run = (name: string) =>
    `${FAILURES}___ ${name} ___\nE   assert 1 == 2\n${SUMMARY}FAILED a.py::${name}\n${END}`;
  assertEquals(outline(run("test_a") + run("test_b")), [
    "failed : a.py::test_a a.py:- | assert 1 == 2",
    "failed : a.py::test_b a.py:- | assert 1 == 2",
  ]);
});

Deno.test("a test that is told twice counts once", () => {
  const failure = "  ● A › bad\n\n    TypeError: broken\n";
  const log = `FAIL a.test.js\n${failure}Summary of all failing tests\n` +
    `FAIL a.test.js\n${failure}Test Suites: 1 failed, 1 total\n`;
  assertEquals(outline(log), [
    "failed a.test.js: A › bad a.test.js:- | TypeError: broken",
  ]);
});

Deno.test("of a line that was overwritten, the last text counts", () => {
  const log = `${FAILURES}10%\r50%\r___ test_a ___\r\nE   assert 0\r\r\n` +
    `....\r${END}`;
  assertEquals(outline(log), ["failed : test_a | assert 0"]);
});

Deno.test("a runner that is stopped by a line of a test goes on with the next test", () => {
  const log = `${FAILURES}___ test_a ___\nE   assert 0\n` +
    `----- Captured stdout call -----\nE   no reason\n` +
    `  File "/app/b.py", line 3\n___ test_b ___\nE   assert 1\n${END}`;
  assertEquals(outline(log), [
    "failed : test_a | assert 0",
    "failed : test_b | assert 1",
  ]);
});

/** Output that no fixture has, and the failed tests in it. */
const MORE: readonly [of: string, log: string, failed: string[]][] = [
  [
    "pytest on a terminal of 79 columns",
    `${FAILURES}___ test_a ___\n_ _ _ _\na.py:1: \n_ _ _ _\nE   x\nb.py:2: \n${END}`,
    ["failed : test_a b.py:2 | x"],
  ],
  [
    "Vitest, of tests with the same error",
    " FAIL  a.test.js > A > one\n FAIL  b.test.js > two\nError: x\n" +
    " ❯ c.js:3:1\n⎯⎯⎯⎯[1/2]⎯\n Test Files  2 failed (2)\n",
    [
      "failed a.test.js: A > one c.js:3 | Error: x",
      "failed b.test.js: two c.js:3 | Error: x",
    ],
  ],
  [
    "Deno, whose message looks like a title",
    " ERRORS \n\na => ./a_test.ts:1:1\nerror: Error: x\nb => c:2:2\n" +
    "    at file:///app/a_test.ts:5:1\n\n FAILURES \n\n" +
    "a => ./a_test.ts:1:1\n\nFAILED | 0 passed | 1 failed (1ms)\n",
    ["failed a_test.ts: a /app/a_test.ts:5 | Error: x"],
  ],
  [
    "Go, of a test that writes headings",
    "=== RUN   TestA\n# heading\n    a_test.go:9: broken\n" +
    "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\texample.com/a\t0.1s\n",
    ["failed example.com/a: TestA example.com/a/a_test.go:9 | broken"],
  ],
  [
    "bats, of a test that writes lines like titles",
    "a.bats\n ✗ a\n   (in test file a.bats, line 2)\n ✗ b\n" +
    "\n1 test, 1 failure\n",
    ["failed a.bats: a a.bats:2"],
  ],
  [
    "Mocha, whose message looks like a title",
    "  2 failing\n\n  1) A\n       b:\n     Error: x\n  5) C\n     d:\n" +
    "      at Context.<anonymous> (a.js:3:1)\n\n  2) e:\n     Error: y\n",
    ["failed A: b a.js:3 | Error: x", "failed : e | Error: y"],
  ],
  [
    "Playwright, with a test that has passed when it was repeated",
    "  1) [a] › a.spec.js:1:2 › A › b ──\n\n    Error: x\n" +
    "        at /app/a.spec.js:3:1\n\n  2) [a] › a.spec.js:5:2 › c ──\n\n" +
    "    Error: y\n\n  1 failed\n    [a] › a.spec.js:1:2 › A › b ──\n" +
    "  1 flaky\n    [a] › a.spec.js:5:2 › c ──\n",
    ["failed a.spec.js: [a] › A › b /app/a.spec.js:3 | Error: x"],
  ],
  [
    "a log of which the title is above the lines that are read",
    `${FAILURES}___ test_a ___\nE   x\n${"\n".repeat(100_000)}${END}`,
    [],
  ],
];

for (const [of, log, failed] of MORE) {
  Deno.test(`the failed tests of ${of} are found`, () => {
    assertEquals(outline(log), failed);
  });
}

Deno.test("names, messages and their number are limited", () => {
  const long = "x".repeat(900);
  const failures = Array.from(
    { length: 1_500 },
    (_, i) => `___ test_${i}_${long} ___\nE   ${long.repeat(3)}\n`,
  );
  const cases = failedTestsIn(FAILURES + failures.join("") + END);
  assertEquals(cases.length, 1_000);
  for (const { name, message = "" } of cases) {
    assert(name.length <= MAX_NAME + 1);
    assert(message.length <= MAX_MESSAGE + 1);
  }
});

Deno.test("control characters and marks of untrusted text are replaced", () => {
  const log =
    `${FAILURES}___ test_\x1b[31ma\x1b[0m\x07 ___\nE   a\u202eb\n${END}`;
  assertEquals(outline(log), ["failed : test_a\ufffd | a\ufffdb"]);
});

/** Logs that would not be read within hours if reading them took more than linear time. */
const HOSTILE: readonly [of: string, log: () => string][] = [
  ["a line of a megabyte", () => "=".repeat(1_000_000) + `\n${END}`],
  ["two million empty lines", () => "\n".repeat(2_000_000) + END],
  [
    "100,000 titles",
    () => FAILURES + "___ test_a ___\n".repeat(100_000) + END,
  ],
  [
    "100,000 lines that are almost titles",
    () => FAILURES + "_ _ _ _ test_a _ _ _ _x\n".repeat(100_000) + END,
  ],
  [
    "30,000 reports",
    () => `${FAILURES}__ a __\n${SUMMARY}FAILED a.py::a\n${END}`.repeat(9_000),
  ],
  [
    "nested reports",
    () => FAILURES.repeat(20_000) + "__ a __\n" + END.repeat(20_000),
  ],
  [
    "30,000 tests with one body",
    () =>
      " FAIL  a.test.js > a\n".repeat(30_000) +
      `${" ".repeat(990)})\n`.repeat(400) + " Test Files  1 failed (1)\n",
  ],
  [
    "30,000 results of one test",
    () =>
      "=== RUN   TestA\n" + `${" ".repeat(990)})\n`.repeat(400) +
      "--- FAIL: TestA (0.00s)\n".repeat(30_000) + "FAIL\n",
  ],
  [
    "lines that could end in many places",
    () =>
      FAILURES + SUMMARY +
      `SUBFAILED(${") (".repeat(300)}\nFAILED a::${" - ".repeat(300)}\n`
        .repeat(1_000) +
      END,
  ],
];

for (const [of, log] of HOSTILE) {
  Deno.test(`a log with ${of} is read`, () => {
    const text = log();
    assert(failedTestsIn(text).length <= 1_000);
  });
}

Deno.test("lines of TAP that a script prints itself name failed tests, without those to do or left out", () => {
  const log = [
    "ok 1 - adds",
    "not ok 2 - subtracts",
    "# expected 1, got 2",
    "not ok 3 - divides # TODO later",
    "not ok 4 - multiplies # SKIP no numbers",
    "not ok 5 counts",
    "exit 1",
  ].join("\n");
  assertEquals(failedTestsIn(log).map(({ name }) => name), [
    "subtracts",
    "counts",
  ]);
});
