import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { FailedTest } from "../../../../lib/errors/evidence.ts";
import type { Explanation } from "../../../../lib/errors/explanation.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { at, eventsOf, FAILED, failure, read } from "./events.ts";

const LOGS = [
  { service: "db", text: "" },
  { service: "migrate", text: `${at(4100)} no table\n` },
  { service: "app", text: `${at(4200)} error\n` },
];

function page(
  explanation: Partial<Explanation>,
  tests: readonly FailedTest[] = [],
): string {
  const total = tests.length;
  const totals = { tests: total, passed: 0, failed: total, skipped: 0 };
  const failed = tests.map((test) => ({ ...test, result: "failed" as const }));
  const report = {
    ...{ kind: "tests" as const, step: "run e2e", service: "app" },
    ...{ totals, failed, ms: 4990 },
  };
  return runPage({
    events: eventsOf(FAILED, {
      code: 1,
      others: [
        ...(total > 0 ? [report] : []),
        failure({ headline: "it failed", ...explanation }),
      ],
    }),
    logs: LOGS,
  });
}

/** The section of failures. */
function failed(page: string): string {
  return /<section class="card failures"[^]*?<\/section>/.exec(page)![0];
}

function test(i: number, message = `message ${i}`): FailedTest {
  return {
    suite: "a_test.ts",
    name: `test ${i}`,
    message,
    file: "a_test.ts",
    line: i,
  };
}

Deno.test("a failure has, in this order: causes, failed tests, evidence, changes, next command", () => {
  const text = read(failed(page({
    why: "the cause",
    tests: [test(1)],
    evidence: [
      { title: "first evidence", lines: ["line 1"] },
      { title: "second evidence", lines: ["line 2"] },
    ],
    changed: { title: "changed since", lines: ["Dockerfile"] },
    next: "todoflow ls",
  })));
  const places = [
    ...["it failed", "the cause", "Failed test", "test 1", "message 1"],
    ...["a_test.ts:1", "first evidence", "line 1", "second evidence"],
    ...["line 2", "changed since", "Dockerfile", "todoflow ls"],
  ].map((part) => {
    assertStringIncludes(text, part);
    return text.indexOf(part);
  });
  assertEquals(places, places.toSorted((a, b) => a - b));
});

Deno.test("evidence leads to the log in the page, which is open; else to its file", () => {
  const all = page({
    evidence: [
      { title: "a", lines: [], logs: "/x/reports/release/logs/app.log" },
      { title: "b", lines: ["b"], logs: "reports/release/logs/gone.log" },
      { title: "c", lines: ["c"], logs: "elsewhere.txt" },
      { title: "d", lines: ["d"], logs: "reports/release/build.log" },
    ],
  });
  const links = failed(all).match(/(?:All of it|Log): .*?<\/(?:a|code)>/g);
  assertEquals(links, [
    'Log: <a href="#log-3">logs/app.log</a>',
    'All of it: <a href="logs/gone.log">logs/gone.log</a>',
    "All of it: <code>elsewhere.txt</code>",
    'All of it: <a href="build.log">build.log</a>',
  ]);
  // "migrate" has failed itself.
  assertEquals(
    [...all.matchAll(/<details class="log" id="([^"]*)" open>/g)]
      .map(([, id]) => id),
    ["log-2", "log-3"],
  );
});

Deno.test("the log of builds leads to the output of the first build, which is open", () => {
  const events = eventsOf([
    { name: "up", span: [0, 9] },
    { name: "build", span: [9, 20], kind: "build", result: "failed" },
  ], {
    code: 1,
    others: [
      { kind: "output", step: "up", line: "started", ms: 5 },
      { kind: "output", step: "build", line: "#1 boom", ms: 15 },
      failure({
        headline: "it failed",
        evidence: [{ title: "a", lines: ["x"], logs: "r/build.log" }],
      }),
    ],
  });
  const all = runPage({ events, logs: [] });
  assertStringIncludes(failed(all), '<a href="#output-2">build.log</a>');
  assertMatch(all, /<details class="logs" open>/);
  assertMatch(all, /<details class="log" id="output-2" open>/);
  assertMatch(all, /<details class="log" id="output-1">/);
});

Deno.test("a failed test leads to the log of the service that reports it, or else of the step that failed", () => {
  const tests = [test(1)];
  assertStringIncludes(
    failed(page({ tests }, tests)),
    'a_test.ts:1 · <a href="#log-3">logs/app.log</a>',
  );
  assertStringIncludes(
    failed(page({ tests })),
    'a_test.ts:1 · <a href="#log-2">logs/migrate.log</a>',
  );
});

Deno.test("of many failed tests only some stand in the failure, with the beginning of their messages", () => {
  const lines = ["one", "", "two", "three", "four", "five"].join("\n");
  const few = [1, 2].map((i) => test(i, lines));
  assertStringIncludes(read(failed(page({ tests: few }))), "three\nfour\nfive");
  const tests = Array.from({ length: 30 }, (_, i) => test(i + 1, lines));
  const all = page({ tests }, tests);
  const text = read(failed(all));
  assertStringIncludes(text, "Failed tests");
  assertStringIncludes(text, "one\ntwo\nthree\nfour\n…");
  assertEquals(text.match(/failed test \d+/g)?.length, 5);
  assertStringIncludes(failed(all), '… and <a href="#tests">25 more</a>');
  assertStringIncludes(read(failed(page({ tests }))), "… and 25 more");
  // All of them, whole, are among the tests: folded, because the failure has the first ones.
  assertEquals(all.match(/<details class="case">/g)?.length, 30);
  assert(!all.includes('<details class="case" open>'));
  assertStringIncludes(read(all), "three\nfour\nfive");
});

Deno.test("a log that a failed test leads to is not named again, unless there are lines of it", () => {
  const tests = [test(1)];
  const logs = "reports/release/logs/migrate.log";
  const links = (lines: string[]) =>
    failed(page({ tests, evidence: [{ title: "lines", lines, logs }] }))
      .split('<a href="#log-2">').length - 1;
  assertEquals([links([]), links(["x"])], [1, 2]);
});
