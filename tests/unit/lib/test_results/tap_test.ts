import { assertEquals } from "@std/assert";
import { parseTap } from "../../../../lib/test_results/tap.ts";
import * as reports from "../artifacts/test_reports.ts";
import { cut, line } from "../artifacts/test_reports.ts";

const TAP: readonly [name: string, text: string, expected: string[]][] = [
  ["bats", reports.BATS, [
    "passed : ok one",
    'failed : fails # with hash a.bats:6 | `[ "$output" = "nope" ]\' failed',
    "skipped : skipped | no reason here",
    "skipped : skipped bare",
    "failed : in helper a.bats:12 | `helper' failed",
    "failed : error line a.bats:15 | `nosuchcommand --x' failed with status 127",
  ]],
  ["bats with \\r", cut(reports.BATS, 7).replaceAll("\n", "\r\n"), [
    "passed : ok one",
    'failed : fails # with hash a.bats:6 | `[ "$output" = "nope" ]\' failed',
    "skipped : skipped | no reason here",
    "failed : 3 tests did not run | the plan was 1..6",
  ]],
  ["bats whose set-up fails", reports.BATS_SETUP, [
    "failed : setup_file failed b.bats:1 | `setup_file() { false; }' failed",
    "failed : 1 test did not run | the plan was 1..2",
  ]],
  ["bats with times", reports.BATS_TIMING, [
    "passed : ok one [5 ms]",
    "failed : fails in 5ms [16 ms] a.bats:6",
    "skipped : skipped [5 ms] | no reason here",
  ]],
  ["bats as TAP 13", reports.BATS_TAP13, [
    "passed : ok one",
    'failed : fails # with hash a.bats:6 | `[ "$output" = "nope" ]\' failed',
    "skipped : skipped | no reason here",
  ]],
  ["tap.py", reports.PYTHON_TAP, [
    "passed : The root answers",
    "failed : A job is done /home/web/acceptance/acceptance.py:39 | " +
    "AssertionError: 2.1 not less than 2 : not done after 2 s",
  ]],
  ["Node, a subtest and the test around it", reports.NODE_TAP, [
    "passed : ok [13 ms]",
    "failed parent: inner bad [1 ms] /app/inner.test.mjs:4 | 1 == 2",
    "failed : parent [1 ms] /app/node_t.test.mjs:4 | 1 subtest failed",
    "skipped : todo [0 ms] | later",
    "skipped : skip # hash [0 ms] | why",
  ]],
  [
    "a name that ends like a time, of one test only",
    "1..2\nok 1 a in 5ms\nok",
    [
      "passed : a in 5ms",
      "passed : test 2",
    ],
  ],
  ["what is to do and works", "1..1\nok 1 a # TODO b", ["passed : a"]],
  ["Bail out!", "1..3\nok 1 a\nBail out! no database\nok 2 b", [
    "passed : a",
    "failed : Bail out! | no database",
  ]],
  ["the plan at the end, and other output", "hello\nok 1 - a\nokay\n\n1..1\n", [
    "passed : a",
  ]],
  [
    "a YAML block that does not end",
    "1..2\nnot ok 1 a\n  ---\n  b: c\nok 2 d",
    [
      "failed : a | b: c",
      "passed : d",
    ],
  ],
  ["two outputs", "1..1\nok 1 a\n1..2\nok 1 b\n", [
    "passed : a",
    "passed : b",
    "failed : 1 test did not run | the plan was 1..3",
  ]],
  [
    "Node's blocks of describe, which are no tests, unless they alone failed",
    "TAP version 13\n# Subtest: A\n    # Subtest: ok\n    ok 1 - ok\n      ---\n      duration_ms: 1\n      ...\n" +
    "    # Subtest: B\n        not ok 1 - bad # TODO\n          ---\n          duration_ms: 1\n          ...\n" +
    "        ok 2 - to do # TODO\n    ok 2 - B\n      ---\n      duration_ms: 1\n      type: 'suite'\n      ...\n    1..2\n" +
    "not ok 1 - A\n  ---\n  duration_ms: 2\n  type: 'suite'\n  failureType: 'hookFailed'\n  error: 'after'\n  ...\n1..1\n",
    [
      "passed A: ok [1 ms]",
      "skipped A > B: bad [1 ms]",
      "skipped A > B: to do",
      "failed : A [2 ms] | after",
    ],
  ],
  [
    "node-tap's subtests, of which only the innermost are tests",
    "TAP version 14\n# Subtest: A\n    ok 1 - a\n    # Subtest: B\n        not ok 1 - b\n          ---\n          stack: |\n" +
    "            Test.<anonymous> (a.js:5:5)\n          ...\n        1..1\n    not ok 2 - B # time=1ms\n    1..2\n" +
    "not ok 1 - A # time=1.4s\n1..1\n# { total: 2, pass: 1, fail: 1 }\n",
    ["passed A: a", "failed A > B: b a.js:5 | stack: |"],
  ],
  [
    "vitest's subtests in braces, and its error of two lines",
    "TAP version 13\n1..2\nnot ok 1 - a.test.js # time=6ms {\n    1..3\n    ok 1 - x # time=1.50ms\n    not ok 2 - A # time=2ms {\n" +
    '        1..1\n        not ok 1 - y \\# z # time=1ms\n            ---\n            error:\n                name: "TypeError"\n' +
    '                message: "broken\nin two"\n            at: "/app/a.test.js:12:13"\n            ...\n    }\n' +
    "    ok 3 - w # TODO\n}\nnot ok 2 - b.test.js # time=0ms {\n    1..0\n}\n",
    [
      "passed a.test.js: x [2 ms]",
      "failed a.test.js > A: y # z [1 ms] /app/a.test.js:12 | broken",
      "skipped a.test.js: w",
      "failed : b.test.js [0 ms]",
    ],
  ],
  [
    "Test::More's subtests as one test, whose message and place are those of the subtest",
    "1..2\n# Subtest: A\n    ok 1 - a\n    not ok 2 - b\n    #   Failed test 'b'\n    #   at t/a.t line 10.\n    #          got: '1'\n" +
    "    1..2\nnot ok 1 - A\n#   Failed test 'A'\n#   at t/a.t line 11.\nok 2 - c # TODO later\n",
    ["failed : A t/a.t:10 | b: got: '1'", "passed : c"],
  ],
  [
    "Deno's steps as one test",
    "TAP version 14\n# ./a_test.ts\n# Subtest: p\n    not ok 1 - c\n      ---\n" +
    '      {"message":"Error: x\\n    at file:///app/a.ts:9:11","severity":"fail","at":{"file":"./a.ts","line":8}}\n      ...\n    1..1\n' +
    'not ok 1 - p\n  ---\n  {"message":"1 test step failed."}\n  ...\n1..1\n',
    ["failed : p /app/a.ts:9 | c: Error: x"],
  ],
  [
    "mocha's YAML, which is indented by four",
    "TAP version 13\nnot ok 1 A bad\n  ---\n    message: |-\n      one is not two\n      \n      1 !== 2\n      \n    stack: |-\n" +
    "          at Context.<anonymous> (a.test.js:6:12)\n  ...\nok 2 b # SKIP -\n1..2\n",
    ["failed : A bad a.test.js:6 | one is not two", "skipped : b"],
  ],
  [
    "mocha's error below a test, without any mark",
    "not ok 1 A bad\n  one is not two\n      at Context.<anonymous> (a.test.js:6:12)\nok 2 b\n  more\n1..2\n",
    ["failed : A bad a.test.js:6 | one is not two", "passed : b"],
  ],
  [
    "the time of bats' report formatter, which is no part of a name",
    "1..3\nok 1 a # in 2 ms\nnot ok 2 bad # hash # in 4 ms\nok 3 c # skip later\n",
    [
      "passed : a [2 ms]",
      "failed : bad # hash [4 ms]",
      "skipped : c | later",
    ],
  ],
  [
    "a tape assertion without a message",
    "TAP version 13\n# A\nnot ok 1 bad\n  ---\n    operator: equal\n    expected: 2\n    actual:   1\n" +
    "    at: Test.<anonymous> (/app/a.js:5:5)\n  ...\n1..1\n",
    ["failed : bad /app/a.js:5 | expected: 2, actual:   1"],
  ],
  [
    "braces that do not end",
    "1..2\nok 1 a # time=1ms {\n    ok 1 b\nok 2 c\n",
    [
      "passed : b",
      "passed : c",
    ],
  ],
  ["a version alone", "TAP version 14\n", []],
  ["no test at all", "TAP version 14\n1..0 # skip nothing to do\n", []],
];

for (const [name, text, expected] of TAP) {
  Deno.test(`parseTap reads ${name}`, async () => {
    assertEquals((await parseTap(text))?.map(line), expected);
  });
}

Deno.test("parseTap keeps the lines that explain a failure, and only those", async () => {
  const details = async (text: string) =>
    (await parseTap(text))?.flatMap(({ detail }) => detail ?? []);
  for (const end of ["\n", "\r\n"]) {
    assertEquals(await details(cut(reports.BATS, 7).replaceAll("\n", end)), [
      '(in test file a.bats, line 6)\n  `[ "$output" = "nope" ]\' failed\nsome output',
    ]);
  }
  assertEquals(await details(reports.BATS_SETUP), [
    "(from function `setup_file' in test file b.bats, line 1)\n  `setup_file() { false; }' failed",
  ]);
  assertEquals(
    await details("1..2\nnot ok 1 a\n# b\n# Subtest: c\nok 2 c\n# d"),
    [
      "b",
    ],
  );
});

Deno.test("parseTap leaves what is no TAP", async () => {
  for (
    const text of [
      "",
      "ok 1 a\nnot ok 2 b\n",
      "1..2\n",
      "running 1..2\n ok 1\n",
      "1..2\nok: [host]\nnotok\n",
      "1..2x\nok 1 a\n",
      reports.DENO,
    ]
  ) assertEquals(await parseTap(text), undefined);
});
