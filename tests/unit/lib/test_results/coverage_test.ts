import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { parseCoverage } from "../../../../lib/test_results/coverage.ts";
import { totalCoverage } from "../../../../lib/test_results/coverage_total.ts";
import * as reports from "../artifacts/test_reports.ts";
import { cut } from "../artifacts/test_reports.ts";

/** Fixed, so that a run today finds what a run tomorrow finds. */
const SEED = 20240607;

const COVERAGE: readonly [
  name: string,
  text: string,
  expected: [covered: number, lines: number] | undefined,
][] = [
  ["lcov", reports.LCOV, [3, 6]],
  [
    "lcov with checksums, and two tests of a file",
    reports.LCOV + `TN:b\r
SF:/app/calc.ts\r
DA:4,2,HMgAy+yhhtq3P3568pQ9nA\r
DA:1,0\r
end_of_record\r
SF:/app/b.ts
DA:1,-1
end_of_record
`,
    [4, 7],
  ],
  [
    "lcov without single lines",
    "SF:a\nLF:4\nLH:1\nend_of_record\nSF:a\nLF:4\nLH:3\nend_of_record\nSF:a\nLF:4\nLH:2\nend_of_record\nSF:b\nLF:2\nLH:1\nend_of_record\n",
    [4, 6],
  ],
  ["Cobertura", reports.COBERTURA, [2, 3]],
  [
    "Cobertura without totals",
    reports.COBERTURA.replace(/lines-valid="3" lines-covered="2"/, ""),
    [2, 3],
  ],
  [
    "Cobertura with impossible totals",
    reports.COBERTURA.replace('lines-covered="2"', 'lines-covered="4"'),
    [2, 3],
  ],
  [
    "Cobertura with a line of the same number in two files",
    '<coverage><a filename="a"><line number="1" hits="0"/></a><a filename="b"><line number="1" hits="9"/></a></coverage>',
    [1, 2],
  ],
  ["lcov of nothing", "TN:\nSF:a\nLF:0\nLH:0\nend_of_record\n", undefined],
  ["Clover", reports.CLOVER, undefined],
  ["JUnit", reports.DENO, undefined],
  ["JUnit about coverage", "<testsuite><coverage/></testsuite>", undefined],
  ["broken JUnit", cut(reports.DENO, 30), undefined],
  ["TAP", reports.BATS, undefined],
  ["nothing", "", undefined],
];

/** The total of the reports, by path. */
async function totalOf(
  reports: Readonly<Record<string, string>>,
  files: readonly string[] = [],
) {
  const placed = await Promise.all(
    Object.entries(reports).map(async ([path, text]) => {
      const report = await parseCoverage(text);
      return report ? [{ path, report }] : [];
    }),
  );
  return await totalCoverage(placed.flat(), files);
}

for (const [name, text, expected] of COVERAGE) {
  Deno.test(`parseCoverage: ${name}`, async () => {
    const total = await totalOf({ a: text });
    assertEquals(total && [total.covered, total.lines], expected);
  });
}

Deno.test("parseCoverage refuses broken Cobertura", async () => {
  const text = cut(reports.COBERTURA, 20);
  await assertRejects(() => parseCoverage(text), Error, "ends before");
});

Deno.test("coverage is that of the best run of each line, in any order", async () => {
  const hits = fc.array(
    fc.record({ file: fc.nat(2), line: fc.nat(5), hits: fc.nat(1) }),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(hits, async (records) => {
      const key = ({ file, line }: { file: number; line: number }) =>
        `${file}:${line}`;
      const lcov = records.map(({ file, line, hits }) =>
        `SF:${file}\nDA:${line},${hits}\nend_of_record\n`
      );
      const expected = {
        lines: new Set(records.map(key)).size,
        covered: new Set(records.filter(({ hits }) => hits > 0).map(key)).size,
      };
      assertEquals(await totalOf({ a: lcov.join("") }), expected);
      assertEquals(await totalOf(Object.fromEntries(lcov.entries())), expected);
    }),
    { seed: SEED },
  );
});
