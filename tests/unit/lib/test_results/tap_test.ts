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
  ["Node, a subtest once", reports.NODE_TAP, [
    "passed : ok [13 ms]",
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
