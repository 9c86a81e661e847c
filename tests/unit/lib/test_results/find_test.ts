import { assert, assertEquals } from "@std/assert";
import { stepCases, testEvents } from "../../../../lib/artifacts/tests.ts";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import type { TestCase } from "../../../../lib/test_results/cases.ts";
import {
  findTests,
  type ReportFile,
  type TestSources,
} from "../../../../lib/test_results/find.ts";

const JUNIT = `<testsuite name="s">
  <testcase name="good" time="0.5"/>
  <testcase name="bad" file="/app/src/a_test.py" line="3"><failure message="boom"/></testcase>
</testsuite>`;

const LCOV = "SF:src/a.py\nDA:1,1\nDA:2,0\nend_of_record\n";

const TAP = "TAP version 13\n1..2\nok 1 - one\nnot ok 2 - two\n";

function file(path: string, text: string): ReportFile {
  return {
    path,
    size: () => Promise.resolve(text.length),
    text: () => Promise.resolve(text),
  };
}

function found(sources: Partial<TestSources>) {
  return findTests({
    reports: [],
    service: "test",
    logs: [],
    files: () => Promise.resolve([]),
    ...sources,
  });
}

const outline = (cases: readonly TestCase[]) =>
  cases.map(({ name, result }) => `${name} ${result}`);

Deno.test("tests and coverage are found in files of any name", async () => {
  const { suites, coverage, problems } = await found({
    reports: [
      file("more/unit.xml", JUNIT),
      file("lcov.info", LCOV),
      file("bats.tap", TAP),
      file("notes.txt", "<testsuite"),
    ],
  });
  assertEquals(problems, []);
  assertEquals(suites.map(({ service }) => service), ["test"]);
  assertEquals(outline(suites[0]!.cases), [
    "good passed",
    "bad failed",
    "one passed",
    "two failed",
  ]);
  assertEquals([coverage?.lines, coverage?.covered], [2, 1]);
});

Deno.test("TAP is found in a log, behind the engine's times; a log without it is none", async () => {
  const timed = (text: string) =>
    text.replace(/^(?=.)/gm, "2024-06-07T08:09:10.123456789Z ");
  const { suites } = await found({
    logs: [
      { service: "acceptance", text: timed(TAP) },
      { service: "migrate", text: timed("ok, migrated\ndone\n") },
    ],
  });
  assertEquals(
    suites.map(({ service, cases }) => [service, outline(cases)]),
    [["acceptance", ["one passed", "two failed"]]],
  );
});

Deno.test("a file that is broken is a problem in one line, and the others are read", async () => {
  const { suites, problems } = await found({
    reports: [
      file("broken.xml", "<testsuite><testcase"),
      file("text.xml", "Traceback"),
      file("unit.xml", JUNIT),
    ],
  });
  assertEquals(suites.length, 1);
  assertEquals(problems.length, 2);
  for (const [i, path] of ["broken.xml", "text.xml"].entries()) {
    assert(problems[i]?.startsWith(`${path}: `), problems[i]);
    assertEquals(problems[i]?.includes("\n"), false);
  }
});

Deno.test("a report that is something else is neither tests nor a problem", async () => {
  const others = [
    '<coverage generated="1" clover="3.2.0"><project><metrics statements="3"/></project></coverage>',
    '<coverage generated="1"><project name="a"><file name="b">',
    '<!DOCTYPE report PUBLIC "-//JACOCO//DTD"><report name="a"><sessioninfo/></report>',
    '<checkstyle version="8.0"><file name="a"><error line="1"/></file></checkstyle>',
    "<html><br><p></html>",
    '<TestRun id="1"><Results/></TestRun>',
    '<?xml version="1.0"?><sarif><run/></sarif>',
  ];
  const { suites, coverage, problems } = await found({
    reports: others.map((text, i) => file(`${i}.xml`, text)),
  });
  assertEquals([suites, coverage, problems], [[], undefined, []]);
});

const PLACES: [string, string[], string][] = [
  [
    "the file that ends like it",
    ["x.py", "app/src/a_test.py"],
    "app/src/a_test.py",
  ],
  [
    "the one that ends most like it",
    ["a_test.py", "src/a_test.py"],
    "src/a_test.py",
  ],
  [
    "itself, where it may be several",
    ["one/src/a_test.py", "two/src/a_test.py"],
    "/app/src/a_test.py",
  ],
  ["itself, where there is none", ["src/ba_test.py"], "/app/src/a_test.py"],
];

for (const [what, files, place] of PLACES) {
  Deno.test(`a place in a container is ${what}`, async () => {
    const { suites } = await found({
      reports: [file("unit.xml", JUNIT)],
      files: () => Promise.resolve(files),
    });
    const [, bad] = suites[0]!.cases;
    assertEquals([bad?.file, bad?.line], [place, 3]);
  });
}

/** A suite of so many bytes. */
function suiteOf(bytes: number, one = '<testcase name="t"/>'): string {
  return `<testsuite>${one.repeat(Math.floor(bytes / one.length))}</testsuite>`;
}

Deno.test("files are read sequentially, and only as many as fit in memory; the rest is named", async () => {
  const text = `<testsuite><!--${" ".repeat(900_000)}--></testsuite>`;
  let open = 0;
  const large: ReportFile = {
    path: "large.xml",
    size: () => Promise.resolve(9_000_000),
    text: async () => {
      open++;
      await Promise.resolve();
      assertEquals(open--, 1);
      return text;
    },
  };
  const { problems } = await found({
    reports: [
      { ...large, size: () => Promise.resolve(10_000_001) },
      ...Array(480).fill(large),
      { ...large, path: "large.tap" },
      file("small.xml", "<testsuite/>"),
    ],
  });
  assertEquals(problems, [
    "large.xml: larger than 10 MB",
    "large.tap: larger than 2 MB",
    "473 more files: a run reads at most 64 MB and 10,000 tests",
  ]);
});

Deno.test("ten thousand tests are read, and the others are counted", async () => {
  const { suites, problems } = await found({
    reports: [file("a.xml", suiteOf(240_000)), file("b.xml", suiteOf(20))],
    logs: [{ service: "bats", text: "1..3\nok 1\nok 2\n" }],
  });
  assertEquals(suites.map(({ service, cases }) => [service, cases.length]), [
    ["test", 10_000],
    ["bats", 0],
  ]);
  assertEquals(problems, [
    "1 more files: a run reads at most 64 MB and 10,000 tests",
    "2003 more tests: a run reads at most 10,000",
  ]);
});

Deno.test("the kept text of failures is bounded, however long it is", async () => {
  const failure = `<testcase name="${"n".repeat(900)}" file="${
    "a/".repeat(2_000)
  }"><failure message="${"m".repeat(5_000)}">${
    "d".repeat(90_000)
  }</failure></testcase>`;
  const { suites } = await found({
    reports: Array(4).fill(file("a.xml", suiteOf(9_900_000, failure))),
  });
  const { cases } = suites[0]!;
  assertEquals(cases.length, 4 * 99);
  for (const { name, message = "", detail = "", file } of cases) {
    assertEquals([name.length, file], [501, undefined]);
    assert(message.length <= 2_001 && detail.length <= 20_100);
  }
  const events = testEvents(
    { suites, problems: [], coverage: undefined },
    String,
  );
  assert(JSON.stringify(events).length < 5_000_000);
});

Deno.test("a path of a megabyte is no path, and keeps no signal waiting", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { suites } = await found({
    reports: [
      file(
        "a.xml",
        `<testsuite><testcase file="${
          "a/".repeat(499_000)
        }"><failure/></testcase></testsuite>`,
      ),
    ],
    files: () => Promise.resolve(["a", "b/a"]),
  });
  clearInterval(timer);
  assertEquals(suites[0]!.cases[0]!.file, undefined);
  assert(turns > 3, `${turns} turns of the event loop`);
});

Deno.test("a path of many parts is compared by its last ones", async () => {
  const { suites } = await found({
    reports: [
      file(
        "a.xml",
        `<testsuite><testcase file="${
          "x/".repeat(400)
        }src/a.ts"><failure/></testcase></testsuite>`,
      ),
    ],
    files: () => Promise.resolve(["src/a.ts", "b/a.ts"]),
  });
  assertEquals(suites[0]!.cases[0]!.file, "src/a.ts");
});

Deno.test("each suite has an event with its counts and its failed tests, coverage once", async () => {
  const tests = await found({
    reports: [
      file("unit.xml", JUNIT),
      file("lcov.info", LCOV),
    ],
    logs: [{ service: "acceptance", text: TAP }],
  });
  const events = testEvents(tests, (service) => `run ${service}`);
  assertEquals(
    events.map(({ step, service, totals, failed, coverage }) => ({
      step,
      service,
      totals,
      failed: outline(failed),
      covered: coverage?.covered,
    })),
    [
      {
        step: "run test",
        service: "test",
        totals: { tests: 2, passed: 1, failed: 1, skipped: 0 },
        failed: ["bad failed"],
        covered: 1,
      },
      {
        step: "run acceptance",
        service: "acceptance",
        totals: { tests: 2, passed: 1, failed: 1, skipped: 0 },
        failed: ["two failed"],
        covered: undefined,
      },
    ],
  );
});

Deno.test("steps are test cases: a failed one has its reason, a stopped one is skipped", () => {
  const at = "2026-01-02T03:04:05.678Z";
  const ended = (step: string, result: "ok" | "failed" | "stopped") =>
    ({ at, kind: "step-end", step, result, ms: 7 }) as const;
  const events: TimedEvent[] = [
    { at, kind: "step-start", step: "build", why: "w" },
    ended("build", "ok"),
    ended("run test", "failed"),
    ended("start db", "stopped"),
    {
      at,
      kind: "failure",
      exitCode: 1,
      explanation: {
        headline: "test failed",
        why: "because",
        evidence: { title: "last lines", lines: ["boom"] },
      },
    },
  ];
  const common = { suite: "steps", ms: 7 };
  assertEquals(stepCases(events), [
    { ...common, name: "build", result: "passed" },
    {
      ...common,
      name: "run test",
      result: "failed",
      message: "test failed",
      detail: "because\nboom",
    },
    { ...common, name: "start db", result: "skipped" },
  ]);
});
