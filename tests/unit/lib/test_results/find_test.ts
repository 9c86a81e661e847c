import { assert, assertEquals } from "@std/assert";
import { testEvents } from "../../../../lib/artifacts/tests.ts";
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
    reports: Array.from(
      { length: 4 },
      (_, i) => file("a.xml", suiteOf(9_900_000, failure) + " ".repeat(i)),
    ),
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

/** The number of tests of each suite. */
async function counts(sources: Partial<TestSources>) {
  const { suites } = await found(sources);
  return suites.map(({ service, cases }) => `${service} ${cases.length}`);
}

const BATS = {
  xml:
    `<testsuites><testsuite name="a.bats"><testcase classname="a.bats" name="ok"/>
<testcase classname="a.bats" name="bad # hash"><failure>(in test file a.bats, line 5)
  \`[ 1 = 2 ]' failed</failure></testcase>
<testcase classname="a.bats" name="later"><skipped>x</skipped></testcase></testsuite></testsuites>`,
  tap:
    "1..3\nok 1 ok # in 2 ms\nnot ok 2 bad # hash # in 4 ms\n# (in test file a.bats, line 5)\nok 3 later # skip x\n",
};

Deno.test("tests that a program tells in its report and on stdout count once", async () => {
  const log = { service: "test", text: BATS.tap };
  const report = file("report.xml", BATS.xml);
  assertEquals(await counts({ reports: [report], logs: [log] }), ["test 3"]);
  const tap = file("a.tap", BATS.tap);
  assertEquals(await counts({ reports: [tap, report], logs: [log] }), [
    "test 3",
  ]);
  // A report has the tests of other programs, too.
  const more = BATS.xml.replace(
    "</testsuites>",
    '<testcase name="other"/></testsuites>',
  );
  assertEquals(await counts({ reports: [file("a.xml", more)], logs: [log] }), [
    "test 4",
  ]);
  const { suites } = await found({ reports: [report], logs: [log] });
  assertEquals(outline(suites[0]!.cases), [
    "ok passed",
    "bad # hash failed",
    "later skipped",
  ]);
});

Deno.test("tests that a report and TAP name differently count once", async () => {
  const pairs = [
    [
      '<testsuite><testcase classname="a.test.js" name="A &gt; x"/></testsuite>',
      "1..1\nok 1 - a.test.js > A > x # time=1ms\n",
    ],
    [
      '<testsuite><testcase classname="A B" name="x"/></testsuite>',
      "1..1\nok 1 A B x\n",
    ],
    [
      '<testsuite><testcase classname="test" name="x"/></testsuite>',
      "TAP version 13\n# Subtest: A\n    ok 1 - x\n      ---\n      duration_ms: 1\n      ...\n    1..1\n" +
      "ok 1 - A\n  ---\n  duration_ms: 1\n  type: 'suite'\n  ...\n1..1\n",
    ],
  ];
  for (const [xml, text] of pairs) {
    assertEquals(
      await counts({
        reports: [file("a.xml", xml!)],
        logs: [{ service: "test", text: text! }],
      }),
      ["test 1"],
    );
  }
});

Deno.test("tests that are different all count, even if some have the same names", async () => {
  const reports = [file("report.xml", BATS.xml)];
  const logs = (service: string, text: string) => [{ service, text }];
  // The same names in two services.
  assertEquals(await counts({ reports, logs: logs("other", BATS.tap) }), [
    "test 3",
    "other 3",
  ]);
  // Another program, one of whose tests has the same name.
  assertEquals(
    await counts({ reports, logs: logs("test", "1..2\nok 1 ok\nok 2 b\n") }),
    ["test 3", "test 2"],
  );
  // Another result.
  assertEquals(
    await counts({ reports, logs: logs("test", "1..1\nnot ok 1 ok\n") }),
    ["test 3", "test 1"],
  );
  // The same program, and another one.
  assertEquals(
    await counts({
      reports,
      logs: logs("test", `${BATS.tap}1..2\nok 1 other\nok 2 ok\n`),
    }),
    ["test 3", "test 2"],
  );
  // A test that failed elsewhere.
  assertEquals(
    await counts({
      reports: [
        file(
          "a.xml",
          '<testsuite><testcase name="x" file="a.py"><failure/></testcase></testsuite>',
        ),
      ],
      logs: logs(
        "test",
        "1..1\nnot ok 1 x\n# (in test file a.bats, line 5)\n",
      ),
    }),
    ["test 1", "test 1"],
  );
});

Deno.test("tests told twice use up no room", async () => {
  const tests = Array.from({ length: 9_000 }, (_, i) => `t${i % 3}`);
  const xml = tests.map((name) => `<testcase name="${name}"/>`).join("");
  const tap = tests.map((name) => `ok ${name}`).join("\n");
  const { suites, problems } = await found({
    reports: [
      file("a.xml", `<testsuite>${xml}</testsuite>`),
      ...tests.slice(0, 500).map((name, i) =>
        file(
          "b.xml",
          `<testsuite name="${i}"><testcase name="${name}"/></testsuite>`,
        )
      ),
    ],
    logs: [{ service: "test", text: `1..9000\n${tap}\n` }],
  });
  assertEquals(suites.map(({ cases }) => cases.length), [9_500]);
  assertEquals(problems, []);
});

Deno.test("a copy of a report counts nothing", async () => {
  const text = "<testsuite><testcase name='a'/></testsuite>";
  const { suites } = await found({
    reports: [file("a.xml", text), file("copy/a.xml", text)],
  });
  assertEquals(suites.map(({ cases }) => cases.length), [1]);
});

Deno.test("coverage of several files is merged by file and line", async () => {
  const lcov = (name: string, ...hits: number[]) =>
    `SF:${name}\n${
      hits.map((hit, i) => `DA:${i + 1},${hit}\n`).join("")
    }end_of_record\n`;
  const covered = async (
    reports: Record<string, string>,
    ...files: string[]
  ) => {
    const { coverage, problems } = await found({
      reports: Object.entries(reports).map(([path, text]) => file(path, text)),
      files: () => Promise.resolve(files),
    });
    assertEquals(problems, []);
    return [coverage?.covered, coverage?.lines];
  };
  assertEquals(
    await covered({
      "packages/a/lcov.info": lcov("src/a.js", 1, 1, 1, 1),
      "packages/b/lcov.info": lcov("src/b.js", 0),
    }),
    [4, 5],
  );
  assertEquals(
    await covered({
      "unit.info": lcov("src/a.js", 1, 0, 0),
      "e2e.info": lcov("src/a.js", 0, 0, 1, 1),
    }),
    [3, 4],
  );
  // Two packages have a file of the same name.
  const packages = {
    "packages/a/coverage/lcov.info": lcov("src/index.js", 1, 0),
    "packages/b/coverage/lcov.info": lcov("src/index.js", 0, 1, 1),
  };
  const files = ["packages/a/src/index.js", "packages/b/src/index.js"];
  assertEquals(await covered(packages, ...files), [3, 5]);
  assertEquals(await covered(packages, ...files, "src/index.js"), [3, 5]);
  // Nothing tells of which packages they are.
  assertEquals(
    await covered({
      "1.info": lcov("src/index.js", 1, 0),
      "2.info": lcov("src/index.js", 0, 1, 1),
    }, ...files),
    [3, 5],
  );
});

Deno.test("lcov and Cobertura of the same files are merged", async () => {
  const cobertura = (source: string, told: string) =>
    `<coverage line-rate="0"${told}><sources><source>${source}</source></sources><class filename="src/a.js">` +
    '<line number="1" hits="0"/><line number="2" hits="3"/></class></coverage>';
  const lcov = "SF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n";
  for (const source of ["/app", ".", "/repo/packages/a/"]) {
    for (const told of ["", ' lines-valid="2" lines-covered="1"']) {
      for (const files of [[], ["a/src/a.js"], ["src/a.js", "b/src/a.js"]]) {
        const { coverage } = await found({
          reports: [
            file("a/c.xml", cobertura(source, told)),
            file("a/lcov.info", lcov),
          ],
          files: () => Promise.resolve(files),
        });
        assertEquals(coverage, { lines: 2, covered: 2 });
      }
    }
  }
});

Deno.test("files of the same name in the sources of two Cobertura files are two", async () => {
  const cobertura = (source: string, hits: number) =>
    `<coverage><sources><source>${source}</source></sources><class filename="src/a.js"><line number="1" hits="${hits}"/></class></coverage>`;
  const { coverage } = await found({
    reports: [
      file("a.xml", cobertura("/app/packages/a", 1)),
      file("b.xml", cobertura("/app/packages/b/", 0)),
    ],
  });
  assertEquals(coverage, { lines: 2, covered: 1 });
});

Deno.test("totals that reports name count where no other report has their files", async () => {
  const cobertura = (name: string) =>
    `<coverage lines-valid="7" lines-covered="5"><class filename="${name}"><line number="1" hits="1"/></class></coverage>`;
  const { coverage } = await found({
    reports: [
      file("a.xml", cobertura("a")),
      file("b.info", "SF:b\nLF:3\nLH:2\nend_of_record\n"),
    ],
  });
  assertEquals(coverage, { lines: 10, covered: 7 });
  const { coverage: same } = await found({
    reports: [
      file("a.xml", cobertura("a")),
      file("b.info", "SF:a\nDA:1,0\nDA:2,1\nend_of_record\n"),
    ],
  });
  assertEquals(same, { lines: 2, covered: 2 });
});

Deno.test("the kept lines of coverage are bounded, whatever reports name", async () => {
  const lines = Array.from({ length: 300_000 }, (_, i) => `DA:${i},1\n`);
  const lcov = (name: string) => `SF:${name}\n${lines.join("")}`;
  const cobertura = '<coverage lines-valid="300000" lines-covered="1">' +
    `<class filename="d">${
      Array.from(
        { length: 250_000 },
        (_, i) => `<line number="${i}" hits="1"/>`,
      ).join("")
    }</class></coverage>`;
  const { coverage, problems } = await found({
    reports: [
      file("a.info", lcov("a")),
      file("b.info", lcov("b")),
      file("c.xml", cobertura),
    ],
  });
  assertEquals(problems, [
    "b.info: more than 500000 lines or 50000 files",
  ]);
  assertEquals(coverage, { lines: 600_000, covered: 300_001 });
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
