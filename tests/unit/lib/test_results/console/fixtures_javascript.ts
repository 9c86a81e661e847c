/**
 * The console output of programs that test JavaScript, in `fixtures/`, and the failed tests in it.
 *
 * @module
 */

/** The output of one program about the same tests. */
export interface Row {
  tool: string;
  /** Each of them has all tests. */
  files: readonly string[];
  /** The numbers that the program prints of them: the sum of all matches, or their count if they have no group. */
  counted: RegExp;
  /** How many of them have failed only because of a test inside. */
  parents?: number;
  /** The failed tests: group, name, place and message. */
  failed: readonly string[];
}

/** The fixtures, and the failed tests in them. */
export const JAVASCRIPT: readonly Row[] = [
  {
    tool: "deno",
    files: ["color.txt", "dot.txt", "plain.txt"],
    counted: /(\d+) failed \(/g,
    failed: [
      "a_test.ts: bad /app/a_test.ts:3 | Error: Values are not equal: 1 and 2",
      "a_test.ts: parent ... child bad /app/a_test.ts:16 | TypeError: broken",
      "b_test.ts: uncaught error /app/b_test.ts:1 | Error: no database",
      "c_test.ts: std /app/c_test.ts:4 | AssertionError: Values are not equal (actual: a: 1, expected: a: 2)",
    ],
  },
  {
    tool: "jest",
    files: ["color.txt", "plain.txt"],
    counted: /^Tests: +(\d+) failed|● Test suite failed to run/gm,
    failed: [
      "a.test.js: A › bad a.test.js:7 | Expected: 2, Received: 1",
      "a.test.js: A › B › throws # here a.test.js:12 | TypeError: broken",
      "a.test.js: A › B › equals a.test.js:15 | expected: 3, received: 2",
      "a.test.js: A › each 2 a.test.js:19 | Expected: 1, Received: 2",
      "a.test.js: A › in a helper a.test.js:21 | Expected: > 4, Received: 3",
      "a.test.js: A › rejects a.test.js:23 | Received promise resolved instead of rejected, Resolved to value: 1",
      "a.test.js: A › calls a.test.js:26 | Expected: 1, Number of calls: 0",
      "load.test.js: Test suite failed to run load.test.js:1 | Cannot find module './nosuchmodule' from 'load.test.js'",
    ],
  },
  {
    tool: "mocha",
    files: ["color.txt", "plain.txt"],
    counted: /(\d+) failing/g,
    failed: [
      ": alone a.test.js:30 | Error: alone",
      "A: bad a.test.js:6 | AssertionError [ERR_ASSERTION]: one is not two (actual: 1, expected: 2)",
      "A: equals a.test.js:9 | AssertionError [ERR_ASSERTION]: Expected values to be strictly equal (actual: 1, expected: 2)",
      'A: differs a.test.js:12 | AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal (actual: "a": 1, expected: "a": 2)',
      "A B: throws # here a.test.js:19 | TypeError: broken",
      'A C: "before all" hook for "one" a.test.js:24 | Error: no database',
    ],
  },
  {
    tool: "node",
    files: ["color.txt", "node24.txt"],
    counted: /^ℹ (?:fail|cancelled) (\d+)/gm,
    failed: [
      ": bad /app/a.test.js:8 | AssertionError [ERR_ASSERTION]: 1 == 2",
      ": throws # here /app/a.test.js:17 | TypeError [Error]: broken",
      ": child bad /app/a.test.js:24 | AssertionError [ERR_ASSERTION]: Expected values to be loosely deep-equal (actual: { a: 1 }, expected: { a: 2 })",
      ": one a.test.js:31 | test did not finish before its parent and was cancelled",
      ": C /app/a.test.js:29 | Error: no database",
      ": b.test.js b.test.js:1 | test failed",
    ],
  },
  {
    tool: "node",
    files: ["plain.txt"],
    counted: /^ℹ (?:fail|cancelled) (\d+)/gm,
    failed: [
      ": bad /app/a.test.js:8 | AssertionError [ERR_ASSERTION]: 1 == 2",
      ": throws # here /app/a.test.js:17 | TypeError [Error]: broken",
      ": child bad /app/a.test.js:24 | AssertionError [ERR_ASSERTION]: Expected values to be loosely deep-equal (actual: { a: 1 }, expected: { a: 2 })",
      ": one a.test.js:31 | test did not finish before its parent and was cancelled",
      ": C /app/a.test.js:29 | Error: no database",
      ": /app/b.test.js b.test.js:1 | test failed",
    ],
  },
  {
    tool: "playwright",
    files: ["color.txt", "plain.txt"],
    counted: /^ {2}(\d+) failed/gm,
    failed: [
      "a.spec.js: A › bad /app/a.spec.js:6 | Expected: 2, Received: 1",
      "a.spec.js: A › throws # here /app/a.spec.js:10 | TypeError: broken",
      "a.spec.js: A › slow a.spec.js:12 | Test timeout of 50ms exceeded.",
    ],
  },
  {
    tool: "vitest",
    files: ["color.txt", "plain.txt"],
    counted: /Failed (?:Tests|Suites) (\d+)/g,
    failed: [
      ": load.test.js load.test.js:1 | Error: Cannot find module './nosuchmodule.js' imported from '/app/load.test.js'",
      "a.test.js: A > bad a.test.js:7 | AssertionError: expected 1 to be 2 // Object.is equality",
      "a.test.js: A > B > throws # here a.test.js:13 | TypeError: broken",
      "a.test.js: A > B > equals a.test.js:16 | AssertionError: expected { a: 1, b: [ 1, 2 ] } to deeply equal { a: 1, b: [ 1, 3 ] }",
      "a.test.js: A > each 2 a.test.js:20 | AssertionError: expected 2 to be 1 // Object.is equality",
      'a.test.js: A > calls a.test.js:23 | AssertionError: expected "spy" to be called with arguments: [ 1 ]',
    ],
  },
];
