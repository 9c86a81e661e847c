import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  summaryOf,
  summaryText,
  type TestCase,
} from "../../../../lib/test_results/cases.ts";
import { parseJUnit } from "../../../../lib/test_results/junit.ts";
import { MAX_XML } from "../../../../lib/test_results/xml.ts";
import * as reports from "../artifacts/test_reports.ts";
import { cut, line } from "../artifacts/test_reports.ts";

/** Fixed, so that a run today finds what a run tomorrow finds. */
const SEED = 20240607;

const JUNIT: readonly [name: string, text: string, expected: string[]][] = [
  ["Deno", reports.DENO, [
    "passed ./a_test.ts: passes [0 ms] a_test.ts:3",
    'failed ./a_test.ts: fails with "quotes" & <tags> [17 ms] /app/a_test.ts:14 | ' +
    "Uncaught AssertionError: Values are not equal.",
    "skipped ./a_test.ts: ignored one [0 ms] a_test.ts:6",
    "failed ./a_test.ts: steps [1 ms] a_test.ts:7 | 1 test step failed",
    "failed ./a_test.ts: steps > inner bad [0 ms] /app/my tests/a_test.ts:9 | Uncaught Error: inner",
    "passed ./sub/b_test.ts: b ok [25 ms] sub/b_test.ts:1",
  ]],
  ["pytest", reports.PYTEST, [
    "passed test_a: test_ok [0 ms]",
    "failed test_a: test_fail [0 ms] test_a.py:6 | AssertionError: one is not two",
    "failed test_a: test_helper [0 ms] lib/helper.py:3 | ValueError: bad <x> & é",
    "skipped test_a: test_skip [0 ms] /app/test_a.py:9 | later",
    "skipped test_a: test_xf [0 ms]",
    'failed test_a: test_err [0 ms] test_a.py:14 | failed on setup with "RuntimeError: fixture boom"',
    "failed pytest: test_broken [0 ms] test_broken.py:1 | collection failure",
  ]],
  ["pytest with file and line", reports.PYTEST_XUNIT1, [
    "failed test_a: test_fail [0 ms] tests/test_a.py:6 | AssertionError: one is not two",
  ]],
  ["xmlrunner", reports.XMLRUNNER, [
    "passed t_u.Deep: test_ok [0 ms] t_u.py:4",
    "failed t_u.Deep: test_m [0 ms] t_u.py:7 | 'a' != 'b'",
    "failed t_u.Deep: test_e [2 ms] /app/helper.py:2 | [Errno 2] No such file or directory: '/nonexist'",
    "skipped t_u.Deep: test_sk [0 ms] t_u.py:11 | not now",
  ]],
  ["xmlrunner where a module cannot be imported", reports.XMLRUNNER_IMPORT, [
    "failed unittest.loader._FailedTest.jobs: tests [3 ms] /home/web/code/jobs/tests.py:6 | " +
    "Failed to import test module: jobs.tests",
  ]],
  ["Jest", reports.JEST, [
    "passed todos adds: todos adds [1 ms] src/a.test.js:-",
    "failed todos removes: todos removes [2 ms] src/a.test.js:4 | " +
    "Error: expect(received).toBe(expected) // Object.is equality",
    "failed todos throws: todos throws [0 ms] /app/src/a.test.js:1 | TypeError: bad <x>",
    "skipped todos skipped: todos skipped [0 ms] src/a.test.js:-",
  ]],
  ["Go", reports.GO, [
    "failed example.com/todo/store: TestFail [0 ms] store_test.go:7 | Add(1, 1) = 2, want 3",
    "failed example.com/todo/store: TestSub [0 ms] | Failed",
    "failed example.com/todo/store: TestPanic [0 ms] /app/store/store.go:3 | " +
    "panic: assignment to entry in nil map [recovered]",
    "failed example.com/todo/store: TestTestify [0 ms] store_test.go:21 | Not equal:",
    "skipped example.com/todo/store: TestSkip [0 ms] | needs a database",
    "passed example.com/todo/store: TestOK [0 ms]",
  ]],
  ["Node", reports.NODE, [
    "passed test: ok [1 ms]",
    "failed test: inner bad [1 ms] /app/node_t.test.mjs:4 | 1 == 2",
    "skipped test: todo [0 ms] | later",
  ]],
  ["bats", reports.BATS_JUNIT, [
    "skipped a.bats: skipped [0 ms] | no reason here",
    "failed a.bats: in helper [4 ms] a.bats:12 | `helper' failed",
  ]],
  [
    "nested suites, the innermost of which names the case",
    '<testsuites><testsuite name="a"><testsuite name="b"><testcase name="c"/></testsuite>' +
    '<testsuite><testcase name="d"/></testsuite></testsuite></testsuites>',
    ["passed b: c", "passed a: d"],
  ],
  [
    "documents one after the other",
    '<?xml version="1.0"?>\n<testsuite name="a"><testcase name="b"/></testsuite>\n' +
    '<?xml version="1.0"?>\n<testsuite name="c"><testcase name="d"/></testsuite>\n',
    ["passed a: b", "passed c: d"],
  ],
  [
    "a failure and an error of one case, and what both are",
    '<testsuite><testcase name="a"><skipped/><error message="e"/><failure message="f"/></testcase></testsuite>',
    ["failed : a | e"],
  ],
  [
    "a failure without a word, and times of every kind",
    '<testsuite><testcase name="a" time="1,234.5"><failure/></testcase><testcase name="b" time="1e-3"/>' +
    '<testcase name="c" time="soon"/><testcase name="d" time="-1"/><testcase name="e" time=""/></testsuite>',
    [
      "failed : a [1234500 ms]",
      "passed : b [1 ms]",
      "passed : c",
      "passed : d",
      "passed : e",
    ],
  ],
  [
    "names that JavaScript has a meaning for",
    '<testsuite name="constructor" __proto__="x"><testcase name="__proto__" toString="1"/></testsuite>',
    ["passed constructor: __proto__"],
  ],
  [
    "colors and control characters",
    '<testsuite><testcase name="&#27;[31mred&#27;[0m \u0007\uFFFD&#x8;&#9999999;"/></testsuite>',
    ["passed : red \uFFFD\uFFFD\uFFFD&#9999999;"],
  ],
  [
    "a declared entity is not expanded",
    '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><testsuite><testcase name="&c;&#65;&lt;"/></testsuite>',
    ["passed : &c;A<"],
  ],
  [
    "an external entity is not followed",
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"/></testsuite>',
    ["passed : &e;"],
  ],
  [
    "elements and attributes that JavaScript has a meaning for",
    '<testsuite><__proto__ polluted="1"><polluted/></__proto__><testcase name="a" __proto__="b"/></testsuite>',
    ["passed : a"],
  ],
  [
    "an ampersand that stands for itself",
    "<testsuite><testcase name='a & b'><failure>c && d</failure></testcase></testsuite>",
    ["failed : a & b | c && d"],
  ],
  [
    "no case in a case",
    "<testsuite><testcase><properties><testcase/><failure/></properties></testcase></testsuite>",
    ["passed : "],
  ],
  [
    "tests that were not run by googletest and ctest, and one that failed in spite of its status",
    '<testsuite><testcase name="DISABLED_Later" status="notrun" result="suppressed" time="0." classname="Cart"/>' +
    '<testcase name="dis" status="disabled"><system-out>Disabled</system-out></testcase>' +
    '<testcase name="bad" status="notrun"><failure message="f"/></testcase>' +
    '<testcase name="ran" status="run"/></testsuite>',
    [
      "skipped Cart: DISABLED_Later [0 ms]",
      "skipped : dis",
      "failed : bad | f",
      "passed : ran",
    ],
  ],
  [
    "tests that TestNG ignored or skipped, and attributes that say so",
    '<testsuite><testcase name="a"><ignored/></testcase>' +
    '<testcase name="b"><error message="later" type="org.testng.SkipException"/></testcase>' +
    '<testcase name="c" disabled="true"/><testcase name="d" skipped="false"/></testsuite>',
    ["skipped : a", "skipped : b | later", "skipped : c", "passed : d"],
  ],
  [
    "the output of a failed test whose failure says nothing, and of no other",
    '<testsuite><testcase name="a"><failure type="assert"/>' +
    "<system-out>thread 'a' panicked at tests/it.rs:8:5:</system-out><system-err>\nleft != right</system-err></testcase>" +
    '<testcase name="b"><failure message="f"/><system-out>at a (b.js:1:2)</system-out></testcase>' +
    '<testcase name="c"><system-out>at a (b.js:1:2)</system-out></testcase></testsuite>',
    [
      "failed : a tests/it.rs:8 | left != right",
      "failed : b | f",
      "passed : c",
    ],
  ],
  [
    "the line of a relative stack in the absolute file of mocha's xunit",
    '<testsuite><testcase name="a" file="/app/test/a.js"><failure>E\n' +
    "    at Context.&#x3C;anonymous&#x3E; (test/a.js:6:12)</failure></testcase></testsuite>",
    ["failed : a /app/test/a.js:6 | E"],
  ],
  [
    "the line of the failure rather than that of PHPUnit's and googletest's test",
    '<testsuite><testcase name="testFails" file="/app/tests/FooTest.php" line="14"><failure>Tests\\FooTest::testFails\n' +
    "Failed asserting that 2 matches expected 1.\n\n/app/tests/FooTest.php:16</failure></testcase>" +
    '<testcase name="Bad" file="a.cc" line="9"><failure message="a.cc:10&#x0A;Expected">' +
    "<![CDATA[a.cc:10\nExpected]]></failure></testcase></testsuite>",
    [
      "failed : testFails /app/tests/FooTest.php:16 | Failed asserting that 2 matches expected 1.",
      "failed : Bad a.cc:10 | Expected",
    ],
  ],
  [
    "CDATA as it is, and no output as cases",
    "<testsuite><testcase><failure>&lt;<![CDATA[&lt;]]></failure></testcase>" +
    "<system-out><testcase/></system-out></testsuite>",
    ["failed :  | <&lt;"],
  ],
  [
    "a stack whose innermost function has no name",
    "<testsuite><testcase><error>E\n at async file:///app/a.js:1:2</error></testcase></testsuite>",
    ["failed :  /app/a.js:1 | E"],
  ],
  [
    "no place in a line of more than a thousand characters",
    `<testsuite><testcase><error>E\n at /a${
      "b".repeat(999)
    }:1:2</error></testcase></testsuite>`,
    ["failed :  | E"],
  ],
  [
    "a file as the class, without a line",
    '<testsuite><testcase classname="./a.ts" name="b"/></testsuite>',
    ["passed ./a.ts: b"],
  ],
  ["no case", '\uFEFF<testsuites tests="7"/>', []],
];

for (const [name, text, expected] of JUNIT) {
  Deno.test(`parseJUnit reads ${name}`, async () => {
    assertEquals((await parseJUnit(text))?.map(line), expected);
  });
}

Deno.test("parseJUnit leaves reports of another format, even broken ones", async () => {
  for (
    const text of [
      reports.COBERTURA,
      reports.CLOVER,
      "<!DOCTYPE report><report name='JaCoCo'><package",
      "<checkstyle version='8.0'><file name='a'/></checkstyle>",
      "<html><br><p></html>",
      "<TestRun/>",
    ]
  ) assertEquals(await parseJUnit(text), undefined);
});

Deno.test("parseJUnit reads no document of another format behind JUnit", async () => {
  const text = '<testsuite><testcase name="a"/></testsuite><html><br></html>';
  assertEquals((await parseJUnit(text))?.map(line), ["passed : a"]);
});

Deno.test("parseJUnit keeps the whole message and the whole text", async () => {
  const [, failed] = await parseJUnit(reports.XMLRUNNER) ?? [];
  assertEquals(failed?.message, "'a' != 'b'\n- a\n+ b");
  assertEquals(
    failed?.detail,
    `Traceback (most recent call last):
  File "/app/t_u.py", line 7, in test_m
    self.assertEqual("a", "b")
AssertionError: 'a' != 'b'
- a
+ b`,
  );
});

const entities = Array.from(
  { length: 10 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join("");

const REFUSED: readonly [name: string, text: string, reason: RegExp][] = [
  ["nothing", "", /^broken XML in line 1: Start tag expected/],
  [
    "what is no XML",
    "Traceback (most recent",
    /^broken XML in line 1: Non-whitespace/,
  ],
  ["a file that was cut off", cut(reports.DENO, 30), /ends before its/],
  ["a wrong end tag", "<testsuite>\n<a></b></testsuite>", /^broken .* line 2:/],
  ["half an attribute", '<testsuite name="a></testsuite>', /^broken XML/],
  ["half a comment", "<testsuite/><!--", /^broken XML in line 1: Unexp/],
  ["too much", `<testsuite>${" ".repeat(MAX_XML)}</testsuite>`, /larger than/],
  [
    "100,000 levels",
    "<testsuite>".repeat(1e5) + "</testsuite>".repeat(1e5),
    /^XML that is not read: more than 100 levels$/,
  ],
  [
    "an attribute of more than a megabyte",
    `<testsuite><testcase file="${"a/".repeat(1_000_000)}"/></testsuite>`,
    /^XML that is not read: an attribute of more than 1000000 characters$/,
  ],
  [
    "more than a thousand attributes",
    `<testsuite ${
      Array.from({ length: 1001 }, (_, i) => `a${i}=""`).join(" ")
    }/>`,
    /^XML that is not read: more than 1000 attributes$/,
  ],
  [
    "attributes that are called as the parser's own methods",
    '<testsuite hasOwnProperty="" b=""/>',
    /^XML that is not read: /,
  ],
  ["a long reason", `<${"a\u001b<".repeat(999)}>`, /^broken XML/],
];

for (const [name, text, reason] of REFUSED) {
  Deno.test(`parseJUnit refuses ${name}, in one line`, async () => {
    const { message } = await assertRejects(() => parseJUnit(text), Error);
    assert(reason.test(message), message);
    assert(/^[^\p{Cc}]{1,250}$/u.test(message), message);
    assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);
  });
}

Deno.test("parseJUnit survives a billion laughs", async () => {
  const text =
    `<!DOCTYPE a [<!ENTITY l0 "lol">${entities}]><testsuite><testcase name="&l10;"/></testsuite>`;
  assertEquals((await parseJUnit(text))?.map(line), ["passed : &l10;"]);
});

Deno.test("parseJUnit survives one long line, and many short ones", async () => {
  for (const piece of ["at (", "at a:1:\n", 'File "', "=== \n"]) {
    const text = piece.repeat(1_000_000 / piece.length);
    const cases = await parseJUnit(
      `<testsuite><testcase name="a"><failure>${text}</failure></testcase></testsuite>`,
    );
    assertEquals(cases?.map(({ result }) => result), ["failed"]);
  }
});

Deno.test("a report that is cut or changed at random gives cases or a reason", async () => {
  const texts = [reports.DENO, reports.GO, reports.JEST, reports.XMLRUNNER];
  const pieces = ["<", ">", "&", "]]>", '"', "<![CDATA[", "<!--", "\0", "<a>"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.nat(5000),
      fc.nat(20),
      fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })),
      async (text, at, length, piece) => {
        const changed = text.slice(0, at) + piece + text.slice(at + length);
        const cases = await parseJUnit(changed).catch(({ message }) => message);
        const isRead = cases === undefined || Array.isArray(cases);
        assert(isRead || /^[^\n]{1,250}$/.test(cases));
      },
    ),
    { seed: SEED, numRuns: 1000 },
  );
});

function cases(...results: TestCase["result"][]): TestCase[] {
  return results.map((result, i) => ({ suite: "", name: `${i}`, result }));
}

Deno.test("the summary leaves out failures, skips and coverage if there are none", () => {
  const text = (
    list: TestCase[],
    coverage?: { lines: number; covered: number },
  ) => summaryText(summaryOf(list), coverage);
  assertEquals(text(cases("passed", "passed")), "2 tests, 2 passed");
  assertEquals(text(cases("failed")), "1 test, 0 passed, 1 failed");
  assertEquals(
    text(cases("passed", "skipped", "failed", "passed"), {
      lines: 6,
      covered: 5,
    }),
    "4 tests, 2 passed, 1 failed, 1 skipped, 83 % covered",
  );
  assertEquals(
    text([], { lines: 1000, covered: 999 }),
    "0 tests, 0 passed, 99 % covered",
  );
  assertEquals(
    text([], { lines: 3, covered: 3 }),
    "0 tests, 0 passed, 100 % covered",
  );
  assertEquals(text([], { lines: 0, covered: 0 }), "0 tests, 0 passed");
});
