import { assertEquals } from "@std/assert";
import { reasonIn } from "../../../../../lib/test_results/console/reason.ts";

/** The lines of a failure, and the line that tells most. */
const REASONS: readonly [by: string, text: string, reason?: string][] = [
  ["nobody", "\n  \n"],
  [
    "an exception",
    "TypeError: broken\nin two lines\n    at a (b.js:1:1)",
    "TypeError: broken",
  ],
  [
    "Jest, instead of the call",
    "expect(received).toBe(expected) // Object.is equality\n\nExpected: 2\nReceived: 1",
    "Expected: 2, Received: 1",
  ],
  [
    "Jest, of a matcher without two values",
    "expect(received).rejects.toThrow()\n\nReceived promise resolved instead of rejected\nResolved to value: 1",
    "Received promise resolved instead of rejected, Resolved to value: 1",
  ],
  [
    "Jest, of a difference of several lines",
    "expect(received).toEqual(expected) // deep equality\n\n- Expected  - 2\n+ Received  + 2\n\n-  a\n-  b\n+  c\n+  d",
    "expect(received).toEqual(expected) // deep equality",
  ],
  [
    "Jest, of a snapshot",
    "expect(received).toMatchSnapshot()\n\nSnapshot name: `a 1`\n\nSnapshot: 1\nReceived: 2",
    "Snapshot name: `a 1`",
  ],
  [
    "Deno",
    "AssertionError: Values are not equal.\n\n    [Diff] Actual / Expected\n\n\n-   1\n+   2\n\n",
    "AssertionError: Values are not equal (actual: 1, expected: 2)",
  ],
  [
    "Rust",
    "thread 'a' (7) panicked at tests/it.rs:8:5:\nassertion `left == right` failed\n  left: 1\n right: 2",
    "assertion `left == right` failed (left: 1, right: 2)",
  ],
  [
    "RSpec's own words",
    "expected: 2\n     got: 1\n\n(compared using ==)",
    "expected: 2, got: 1",
  ],
  [
    "AssertJ",
    "AssertionFailedError:\n\nexpected: 2\n but was: 1",
    "AssertionFailedError (expected: 2, but was: 1)",
  ],
  [
    "minitest",
    "one is not two.\nExpected: 2\n  Actual: 1",
    "one is not two (Expected: 2, Actual: 1)",
  ],
  [
    "testify",
    "    a_test.go:9: \n        \tError Trace:\t/app/a_test.go:9\n        \tError:      \tNot equal: \n        \t            \texpected: 1\n        \t            \tactual  : 2",
    "Not equal (expected: 1, actual: 2)",
  ],
  [
    "Go",
    "    a_test.go:9: first\n    a_test.go:10: got 1, want 2",
    "got 1, want 2",
  ],
  [
    "Go in two lines",
    "    a_test.go:9: differs\n        got: 1\n        want: 2",
    "differs (got: 1, want: 2)",
  ],
  [
    "Node, whose message has the values",
    "AssertionError [ERR_ASSERTION]: 1 == 2\n    at a (b.js:1:1) {\n  actual: 1,\n  expected: 2,\n  operator: '=='\n}",
    "AssertionError [ERR_ASSERTION]: 1 == 2",
  ],
  [
    "Node, whose values stand below",
    "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n1 !== 2\n",
    "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: 1 !== 2",
  ],
  [
    "PHPUnit, below the message of the test",
    "one is not two\nFailed asserting that 1 is identical to 2.\n",
    "one is not two: Failed asserting that 1 is identical to 2.",
  ],
  [
    "values that have nothing to do with one another",
    "broken\nexpected: 2\n\n\n\nactual: 1",
    "broken",
  ],
];

for (const [by, text, reason] of REASONS) {
  Deno.test(`reasonIn finds the reason of ${by}`, () => {
    assertEquals(reasonIn(text.split("\n")), reason);
  });
}
