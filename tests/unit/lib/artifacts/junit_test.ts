import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { isForeign } from "../../../../lib/test_results/places.ts";
import { writeJUnit } from "../../../../lib/artifacts/junit.ts";
import { parseTap } from "../../../../lib/test_results/tap.ts";
import type { TestCase } from "../../../../lib/test_results/cases.ts";
import { parseJUnit } from "../../../../lib/test_results/junit.ts";
import { plainText } from "../../../../lib/text/untrusted.ts";
import * as reports from "./test_reports.ts";

/** Fixed, so that a run today finds what a run tomorrow finds. */
const SEED = 20240607;

const CASES: TestCase[] = [
  { suite: "unit", name: 'a "b" <c> & d', result: "passed", ms: 12 },
  {
    suite: "unit",
    name: "fails",
    result: "failed",
    ms: 1500,
    message: "one\n\ttwo\rthree",
    detail: "  a ]]> b\u0000\u001b[31mred\n\uD800",
    file: "a_test.ts",
    line: 3,
  },
  { suite: "unit", name: "later", result: "skipped", message: "no network" },
];

Deno.test("writeJUnit writes a document without tests, too", async () => {
  const text = writeJUnit([]);
  assertEquals(
    text,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="0" failures="0" errors="0" skipped="0" time="0.000">
</testsuites>
`,
  );
  assertEquals(await parseJUnit(text), []);
});

Deno.test("writeJUnit writes counts, seconds and places", () => {
  assertEquals(
    writeJUnit([{ name: "test", cases: CASES }, { name: "none", cases: [] }]),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" errors="0" skipped="1" time="1.512">
  <testsuite name="test" tests="3" failures="1" errors="0" skipped="1" time="1.512">
    <testcase classname="unit" name="a &quot;b&quot; &lt;c&gt; &amp; d" time="0.012"/>
    <testcase classname="unit" name="fails" time="1.500" file="a_test.ts" line="3"><failure message="one&#10;&#9;two&#13;three">  a ]]&gt; b\uFFFDred
\uFFFD</failure></testcase>
    <testcase classname="unit" name="later"><skipped message="no network"></skipped></testcase>
  </testsuite>
  <testsuite name="none" tests="0" failures="0" errors="0" skipped="0" time="0.000">
  </testsuite>
</testsuites>
`,
  );
});

Deno.test("a case without a suite gets the name of the one it is written in", async () => {
  const text = writeJUnit([{
    name: "acceptance",
    cases: await parseTap(reports.BATS) ?? [],
  }]);
  const suites = (await parseJUnit(text) ?? []).map(({ suite }) => suite);
  assertEquals(new Set(suites), new Set(["acceptance"]));
});

for (
  const name of ["DENO", "PYTEST", "XMLRUNNER", "JEST", "GO", "NODE"] as const
) {
  Deno.test(`what is read from ${name} is still the same after it was written`, async () => {
    const cases = await parseJUnit(reports[name]) ?? [];
    assertEquals(await parseJUnit(writeJUnit([{ name, cases }])), cases);
  });
}

/** Anything, and now and then what XML, JavaScript or a terminal has a meaning for. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(
    fc.constantFrom(
      ..."<>&\"'\n\r\t \0\x1b\x85a",
      "]]>",
      "<![CDATA[",
      "&amp;",
      "&#65;",
      "\x1b[1m",
      "\uD800",
      "\uFFFE",
      "__proto__",
    ),
  ).map((parts) => parts.join("")),
);

const some = text.filter((text) => plainText(text) !== "");
const own = some.filter((text) => !isForeign(plainText(text)));
// No sequence of a terminal ends with "é", so that it stays.
const word = text.map((text) => `x${text}é`);

const testCase: fc.Arbitrary<TestCase> = fc.record({
  common: fc.record({ suite: some, name: text }),
  ms: fc.option(fc.record({ ms: fc.nat() }), { nil: {} }),
  place: fc.option(
    fc.record({ file: own, line: fc.integer({ min: 1 }) }),
    { nil: {} },
  ),
  outcome: fc.oneof(
    fc.constant({ result: "passed" as const }),
    fc.record({
      result: fc.constantFrom("failed" as const, "skipped" as const),
      message: word,
      detail: word,
    }, { requiredKeys: ["result", "message"] }),
  ),
}).map(({ common, ms, place, outcome }) => ({
  ...common,
  ...outcome,
  ...ms,
  ...place,
}));

/** The case with only the characters that XML has. */
function legal(testCase: TestCase): TestCase {
  return Object.fromEntries(
    Object.entries(testCase).map(([key, value]) => [
      key,
      typeof value === "string" ? plainText(value) : value,
    ]),
  ) as unknown as TestCase;
}

Deno.test("written cases are read back unchanged, up to characters that XML forbids", async () => {
  const suites = fc.array(
    fc.record({ name: text, cases: fc.array(testCase) }),
  );
  await fc.assert(
    fc.asyncProperty(suites, async (suites) => {
      const written = writeJUnit(suites);
      assertEquals(
        await parseJUnit(written),
        suites.flatMap(({ cases }) => cases.map(legal)),
      );
    }),
    { seed: SEED, numRuns: 300 },
  );
});

Deno.test("no text gets out of its place", () => {
  const evil = '"/></testcase></testsuite></testsuites><!--';
  const written = writeJUnit([{
    name: evil,
    cases: [{
      suite: evil,
      name: evil,
      result: "failed",
      message: evil,
      detail: evil,
      file: evil,
    }],
  }]);
  assertEquals(written.split("</testsuites>").length, 2);
  assertStringIncludes(written, "&quot;/&gt;&lt;/testcase&gt;");
});
