/**
 * Reads the reports that real programs wrote; `fixtures/README.md` has the commands. The counts are those that each program
 * itself has printed, in `printed.txt`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { summaryOf } from "../../../../lib/test_results/cases.ts";
import {
  findTests,
  type ReportFile,
  type TestSources,
} from "../../../../lib/test_results/find.ts";
import { line } from "../artifacts/test_reports.ts";

const FOLDER = new URL("fixtures/", import.meta.url);

/** The numbers that a program prints: the sum of all matches of a pattern, or their count if it has no group. */
interface Printed {
  tests?: RegExp;
  passed?: RegExp;
  failed?: RegExp;
  skipped?: RegExp;
}

/** Reports of one program about the same tests. */
interface Row {
  tool: string;
  /** Each of them has all tests; those in a list have them together. */
  files: (string | string[])[];
  /** Absent for reports that were written by hand. */
  printed?: Printed;
  /** The failed tests: group, name, place and the first line of the message. */
  failed: string[];
}

const MOCHA: Printed = {
  passed: /(\d+) passing/g,
  failed: /(\d+) failing/g,
  skipped: /(\d+) pending/g,
};

const ROWS: readonly Row[] = [
  {
    tool: "node",
    files: ["stdout.tap"],
    printed: {
      tests: /^# tests (\d+)/gm,
      passed: /^# pass (\d+)/gm,
      failed: /^# fail (\d+)/gm,
      skipped: /^# (?:skipped|todo) (\d+)/gm,
    },
    failed: [
      "A: bad /app/a.test.js:7 | 1 == 2",
      "A > B: throws # here /app/a.test.js:17 | broken",
      "parent: child bad /app/a.test.js:24 | Expected values to be loosely deep-equal:",
      ": parent /app/a.test.js:21 | 1 subtest failed",
    ],
  },
  {
    // Node writes no test case for a test with subtests.
    tool: "node",
    files: ["report.xml"],
    printed: {
      passed: /^# pass (\d+)/gm,
      skipped: /^# (?:skipped|todo) (\d+)/gm,
    },
    failed: [
      "test: bad /app/a.test.js:7 | 1 == 2",
      "test: throws # here /app/a.test.js:17 | brokenin two lines",
      "test: child bad /app/a.test.js:24 | Expected values to be loosely deep-equal:{  a: 1}should loosely deep-equal{  a: 2}",
    ],
  },
  {
    tool: "mocha",
    files: ["stdout.tap", "stdout.13.tap"],
    printed: MOCHA,
    failed: [
      ": A bad a.test.js:6 | one is not two",
      ": A B throws  here a.test.js:12 | broken",
    ],
  },
  {
    tool: "mocha",
    files: ["xunit.xml"],
    printed: MOCHA,
    failed: [
      "A: bad /app/a.test.js:6 | one is not two",
      "A B: throws # here /app/a.test.js:12 | broken",
    ],
  },
  {
    tool: "mocha-junit-reporter",
    files: ["report.xml"],
    printed: MOCHA,
    failed: [
      "bad: A bad a.test.js:6 | one is not two",
      "throws # here: A B throws # here a.test.js:12 | broken",
    ],
  },
  {
    // Its TAP ends with "# fail 3": there a test that is to do is one that failed.
    tool: "ava",
    files: ["stdout.tap"],
    printed: {
      passed: /✔/g,
      failed: /(\d+) tests? failed/g,
      skipped: /(\d+) tests? (?:skipped|todo)/g,
    },
    failed: [
      ": bad | name: AssertionError",
      ": throws # here | Error thrown in test",
    ],
  },
  {
    // It counts a test that is to do as one that passed.
    tool: "tape",
    files: ["stdout.tap"],
    printed: { tests: /^# tests +(\d+)/gm, failed: /^# fail +(\d+)/gm },
    failed: [": bad /app/a.test.js:5 | expected: 2, actual:   1"],
  },
  {
    tool: "tap",
    files: ["stdout.tap"],
    printed: {
      tests: /total: (\d+)/g,
      passed: /pass: (\d+)/g,
      failed: /fail: (\d+)/g,
      skipped: /(?:todo|skip): (\d+)/g,
    },
    failed: ["a.test.js > A: bad a.test.js:5 | compare: ==="],
  },
  ...[
    ["tap.tap", "a.test.js > A: bad", "a.test.js > A > B: throws"],
    ["tap-flat.tap", ": a.test.js > A > bad", ": a.test.js > A > B > throws"],
  ].map(([file, bad, throws]) => ({
    tool: "vitest",
    files: [file!],
    printed: {
      tests: /\((\d+)\)/g,
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) (?:skipped|todo)/g,
    },
    failed: [
      `${bad} /app/a.test.js:6 | expected 1 to be 2 // Object.is equality`,
      `${throws} # here /app/a.test.js:12 | broken`,
    ],
  })),
  {
    tool: "vitest",
    files: ["report.xml"],
    printed: {
      tests: /\((\d+)\)/g,
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) (?:skipped|todo)/g,
    },
    failed: [
      "a.test.js: A > bad a.test.js:6 | expected 1 to be 2 // Object.is equality",
      "a.test.js: A > B > throws # here a.test.js:12 | broken",
    ],
  },
  {
    tool: "jest",
    files: ["report.xml"],
    printed: {
      tests: /(\d+) total/g,
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) skipped/g,
    },
    failed: [
      "A bad: A bad /app/a.test.js:4 | Error: expect(received).toBe(expected) // Object.is equality",
      "A B throws # here: A B throws # here /app/a.test.js:9 | TypeError: broken",
    ],
  },
  {
    tool: "jasmine",
    files: ["report.xml"],
    printed: {
      tests: /(\d+) specs/g,
      failed: /(\d+) failures/g,
      skipped: /(\d+) pending/g,
    },
    failed: [
      "A: bad /app/spec/a_spec.js:6 | Expected 1 to be 2.",
      "A.B: throws # here /app/spec/a_spec.js:11 | TypeError: broken",
    ],
  },
  {
    tool: "jasmine",
    files: ["stdout.tap"],
    printed: {
      tests: /(\d+) specs/g,
      failed: /(\d+) failures/g,
      skipped: /(\d+) pending/g,
    },
    failed: [
      ": B : throws # here /app/spec/a_spec.js:11 | Failure: TypeError: broken",
      ": focused specs : bad /app/spec/a_spec.js:6 | Failure: Expected 1 to be 2.",
    ],
  },
  {
    tool: "playwright",
    files: ["report.xml"],
    printed: {
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) skipped/g,
    },
    failed: [
      "a.spec.js: A › bad /app/a.spec.js:6 | expect(received).toBe(expected) // Object.is equality",
    ],
  },
  {
    tool: "deno",
    files: ["report.xml"],
    printed: {
      passed: /(?<=\| |passed \()(\d+) (?:passed|step)/g,
      failed: /(?<=\| |failed \()(\d+) (?:failed|step)/g,
      skipped: /(\d+) ignored/g,
    },
    failed: [
      "./a_test.ts: bad /app/a_test.ts:3 | Uncaught Error: one is not two",
      "./a_test.ts: parent a_test.ts:6 | 1 test step failed",
      "./a_test.ts: parent > child bad /app/a_test.ts:9 | Uncaught TypeError: broken",
    ],
  },
  {
    tool: "deno",
    files: ["stdout.tap"],
    printed: {
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) ignored/g,
    },
    failed: [
      ": bad /app/a_test.ts:3 | Error: one is not two",
      ": parent /app/a_test.ts:9 | child bad: TypeError: broken",
    ],
  },
  ...[
    ["report.xml", "a.bats"],
    [
      "stdout.tap",
      "",
    ],
    ["timing.tap", ""],
    ["plain.tap", ""],
    ["tap13.tap", ""],
  ]
    .map(([file, suite]) => ({
      tool: "bats",
      files: [file!],
      printed: {
        tests: /(\d+) tests/g,
        failed: /(\d+) failures/g,
        skipped: /(\d+) skipped/g,
      },
      failed: [
        `${suite}: bad # hash a.bats:5 | \`[ 1 = 2 ]' failed`,
        `${suite}: missing a.bats:11 | \`nosuchcommand --x' failed with status 127`,
      ],
    })),
  {
    tool: "prove",
    files: ["stdout.tap"],
    printed: { tests: /Tests=(\d+)/g, failed: /Failed: (\d+)\)/g },
    failed: [
      ": bad t/a.t:6 | got: '1'",
      ": A t/a.t:10 | inner bad: got: 'a'",
    ],
  },
  {
    tool: "prove",
    files: ["verbose.tap"],
    printed: { tests: /Tests=(\d+)/g, failed: /Failed: (\d+)\)/g },
    failed: [": bad", ": A | inner bad"],
  },
  {
    tool: "pytest",
    files: ["report.xml"],
    printed: {
      passed: /(\d+) passed/g,
      failed: /(\d+) failed/g,
      skipped: /(\d+) (?:skipped|xfailed)/g,
    },
    failed: [
      "test_a: test_bad test_a.py:9 | AssertionError: one is not two",
      "test_a: test_each[2] test_a.py:24 | assert 2 == 1",
    ],
  },
  {
    tool: "unittest",
    files: ["report.xml"],
    printed: {
      tests: /Ran (\d+)/g,
      failed: /(?:\(failures|errors)=(\d+)/g,
      skipped: /(?:skipped|expected failures)=(\d+)/g,
    },
    failed: [
      "test_a.A: test_bad test_a.py:9 | 1 != 2 : one is not two",
      "test_a.A: test_error test_a.py:12 | broken",
    ],
  },
  {
    // Its last line counts a test without a program as failed, and its report as skipped.
    tool: "ctest",
    files: ["report.xml"],
    printed: {
      passed: / Passed /g,
      failed: /\*\*\*Failed/g,
      skipped: /\*\*\*(?:Not Run|Skipped)/g,
    },
    failed: ["bad: bad"],
  },
  {
    tool: "googletest",
    files: ["report.xml"],
    printed: {
      passed: /PASSED +\] (\d+)/g,
      failed: /FAILED +\] (\d+)/g,
      skipped: /(?<=SKIPPED \] |HAVE )(\d+)/g,
    },
    failed: [
      "A: Bad a_test.cc:9 | Expected equality of these values:",
      'A: Throws a_test.cc:12 | C++ exception with description "broken" thrown in the test body.',
    ],
  },
  {
    tool: "phpunit",
    files: ["report.xml"],
    printed: {
      tests: /Tests: (\d+)/g,
      failed: /(?:Errors|Failures): (\d+)/g,
      skipped: /(?:Skipped|Incomplete): (\d+)/g,
    },
    failed: [
      "ATest: testBad /app/tests/ATest.php:15 | one is not two",
      "ATest: testError /app/tests/ATest.php:20 | RuntimeException: broken",
      "ATest: testEach with data set #1 /app/tests/ATest.php:36 | Failed asserting that 2 is identical to 1.",
    ],
  },
  {
    tool: "rspec",
    files: ["report.xml"],
    printed: {
      tests: /(\d+) examples/g,
      failed: /(\d+) failures/g,
      skipped: /(\d+) pending/g,
    },
    failed: [
      "spec.a_spec: A is bad ./spec/a_spec.rb:7 | expected: 2",
      "spec.a_spec: A B raises ./spec/a_spec.rb:15 | broken",
    ],
  },
  {
    tool: "junit5",
    files: [["jupiter.xml", "vintage.xml"]],
    printed: {
      tests: /(\d+) tests found/g,
      passed: /(\d+) tests successful/g,
      failed: /(\d+) tests failed/g,
      skipped: /(\d+) tests skipped/g,
    },
    failed: [
      "com.example.a.CTest$Inner: error() com/example/a/CTest.java:26 | broken",
      "com.example.a.CTest: bad() com/example/a/CTest.java:15 | one is not two ==> expected: <2> but was: <1>",
      "com.example.a.ATest: bad com/example/a/ATest.java:14 | one is not two expected:<2> but was:<1>",
      "com.example.a.ATest: error com/example/a/ATest.java:19 | broken",
    ],
  },
  {
    tool: "testng",
    files: ["report.xml"],
    printed: {
      tests: /run: (\d+)/g,
      failed: /Failures: (\d+)/g,
      skipped: /Skips: (\d+)/g,
    },
    failed: [
      "com.example.a.BTest: bad com/example/a/BTest.java:14 | one is not two expected [2] but found [1]",
    ],
  },
  {
    tool: "go",
    files: ["report.xml"],
    printed: {
      tests: /(\d+) tests/g,
      failed: /(\d+) failures/g,
      skipped: /(\d+) skipped/g,
    },
    failed: [
      "example.com/a: TestBad a_test.go:8 | got 1, want 2",
      "example.com/a: TestParent/bad a_test.go:18 | broken",
      "example.com/a: TestParent | Failed",
    ],
  },
  {
    // Its report has no case for a test that was ignored.
    tool: "cargo",
    files: ["report.xml"],
    printed: { passed: /(\d+) passed/g, failed: /(\d+) failed/g },
    failed: [
      "integration: bad tests/it.rs:8 | assertion `left == right` failed: one is not two",
    ],
  },
  {
    tool: "by_hand",
    files: ["dotnet.xml"],
    failed: [
      "Acme.Tests.FTests: Bad /src/Acme/F.cs:14 | Assert.Equal() Failure: Values differ",
    ],
  },
  {
    tool: "by_hand",
    files: ["kotlin.xml"],
    failed: [
      "com.acme.FooTest: adds two numbers() com/acme/FooTest.kt:14 | " +
      "org.opentest4j.AssertionFailedError: expected: <2> but was: <1>",
    ],
  },
  {
    tool: "by_hand",
    files: ["surefire.xml"],
    failed: ["com.acme.ATest: error com/acme/A.java:7 | broken"],
  },
  {
    tool: "by_hand",
    files: ["nextest.xml"],
    failed: [
      "a::it: bad tests/it.rs:12 | assertion `left == right` failed: one is not two",
    ],
  },
  { tool: "by_hand", files: ["testng7.xml"], failed: [] },
];

/** A file of the fixtures. */
function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, FOLDER));
}

/** A file of the fixtures as a report. */
function report(path: string): ReportFile {
  return {
    path,
    size: async () => (await Deno.stat(new URL(path, FOLDER))).size,
    text: () => read(path),
  };
}

/** The tests and the coverage in files of the fixtures. */
function found(paths: readonly string[], logs: TestSources["logs"] = []) {
  return findTests({
    reports: paths.map(report),
    service: "test",
    logs,
    files: () => Promise.resolve([]),
  });
}

/** The number that a program has printed. */
function numberIn(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)]
    .reduce((sum, [, number = "1"]) => sum + Number(number), 0);
}

for (const { tool, files, printed, failed } of ROWS) {
  for (const file of files) {
    const paths = [file].flat().map((name) => `${tool}/${name}`);
    Deno.test(`${paths.join(" and ")} has the tests that ${tool} has printed`, async () => {
      const { suites, problems } = await found(paths);
      assertEquals(problems, []);
      const cases = suites.flatMap(({ cases }) => cases);
      assertEquals(
        cases.filter(({ result }) => result === "failed").map((one) =>
          line(one).replace(/^failed /, "").replace(/ \[\d+ ms\]/, "")
        ),
        failed,
      );
      if (!printed) return;
      const text = await read(`${tool}/printed.txt`);
      const { cases: _, ...counts } = summaryOf(cases);
      for (const [key, pattern] of Object.entries(printed)) {
        const number = numberIn(text, pattern);
        assert(number > 0, `${key} is not printed`);
        assertEquals(
          `${key} ${counts[key as keyof Printed]}`,
          `${key} ${number}`,
        );
      }
    });
  }
}

for (
  const [tool, stdout, tests] of [
    ["node", "stdout.tap", 11],
    ["bats", "stdout.tap", 4],
    ["vitest", "tap.tap", 5],
    ["vitest", "tap-flat.tap", 5],
    ["deno", "stdout.tap", 6],
  ] as const
) {
  Deno.test(`the report and the ${stdout} of ${tool} are the same ${tests} tests`, async () => {
    const text = await read(`${tool}/${stdout}`);
    const { suites } = await found([`${tool}/report.xml`], [
      { service: "test", text },
    ]);
    const { length } = suites.flatMap(({ cases }) => cases);
    assertEquals(length, tests);
  });
}

/** Coverage reports, and the file with the percentage of lines that the program has printed of them together. */
const COVERAGE: readonly [files: readonly string[], printed: string][] = [
  ...["c8", "nyc"].flatMap((tool): [string[], string][] =>
    ["info", "xml"].flatMap((end): [string[], string][] => [
      [[`${tool}/add.${end}`], `${tool}/add.txt`],
      [[`${tool}/sub.${end}`], `${tool}/sub.txt`],
      [[`${tool}/add.${end}`, `${tool}/sub.${end}`], `${tool}/both.txt`],
    ])
  ),
  [["c8/add.info", "c8/add.xml", "c8/sub.xml"], "c8/both.txt"],
  ...["a", "b"].map((name): [string[], string] => [
    ["info", "xml", "clover.xml"].map((end) => `jest/coverage-${name}.${end}`),
    `jest/coverage-${name}.txt`,
  ]),
];

for (const [files, printed] of COVERAGE) {
  Deno.test(`${files.join(" and ")} have the coverage that was printed`, async () => {
    const { suites, coverage, problems } = await found(files);
    assertEquals([suites, problems], [[], []]);
    const percent = (await read(printed)).split("|").at(-2)!;
    const { covered, lines } = coverage!;
    assertEquals(
      Math.floor(covered * 10_000 / lines),
      Math.floor(Number(percent) * 100),
    );
  });
}

Deno.test("reports of other kinds are neither tests nor problems", async () => {
  const { suites, coverage, problems } = await found(
    ["jacoco", "checkstyle", "trx"].map((name) => `by_hand/${name}.xml`),
  );
  assertEquals([suites, coverage, problems], [[], undefined, []]);
});

Deno.test("each fixture is read by a test", async () => {
  const read = new Set([
    ...ROWS.flatMap(({ tool, files, printed }) => [
      ...files.flat().map((name) => `${tool}/${name}`),
      ...printed ? [`${tool}/printed.txt`] : [],
    ]),
    ...COVERAGE.flatMap(([files, printed]) => [...files, printed]),
    ...["jacoco", "checkstyle", "trx"].map((name) => `by_hand/${name}.xml`),
  ]);
  for await (const { name: tool, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(tool, FOLDER))) {
      assert(read.has(`${tool}/${name}`), `${tool}/${name}`);
    }
  }
});
