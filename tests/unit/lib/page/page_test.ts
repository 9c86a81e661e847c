import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { runPage } from "../../../../lib/page/page.ts";
import { escape } from "../../../../lib/page/html.ts";
import type { TestCase } from "../../../../lib/test_results/cases.ts";
import { count, duration } from "../../../../lib/text/units.ts";
import { at, eventsOf, FAILED, failure, read, RELEASE } from "./events.ts";

Deno.test("a page shows the result, what ran, how long it took, and how long its steps would have taken sequentially", () => {
  const page = runPage({
    events: eventsOf(RELEASE, {
      others: [{ kind: "url", url: "http://localhost:1234/a?b&c", ms: 5000 }],
    }),
    logs: [],
  });
  const text = read(page);
  assertStringIncludes(page, "<title>✓ release of shop: ok</title>");
  for (
    const part of [
      "release ok",
      "shop",
      "abc1234",
      "5.0 s (6.8 s sequentially)",
      "2026-01-02 03:04:05 UTC",
      "todoflow 1.2.3",
      "unix:///var/run/docker.sock",
      "/src/shop",
      "http://localhost:1234/a?b&c",
    ]
  ) assertStringIncludes(text, part);
  assertStringIncludes(page, 'href="http://localhost:1234/a?b&amp;c"');
  assertNotMatch(text, /What failed|Exit code/);
});

Deno.test("a failure is explained before everything else, and the log of what failed is open", () => {
  const page = runPage({
    events: eventsOf(FAILED, {
      code: 1,
      others: [
        failure({
          headline: 'release failed at step "run migrate" (exit code 3)',
          why: '"migrate" ended with exit code 3\nthe table is not there',
          evidence: [{
            title: "The last lines of migrate",
            lines: ["a", "<b>"],
            logs: "reports/release/logs/migrate.log",
          }],
          next: "todoflow release --keep",
        }),
      ],
      planned: [{
        name: "url",
        why: "the URL must be proven",
        after: ["start app"],
        kind: "url",
      }],
    }),
    logs: [
      { service: "db", text: "" },
      { service: "migrate", text: `${at(4100)} no table\n` },
    ],
  });
  const text = read(page);
  assertStringIncludes(text, "release failed");
  for (
    const part of [
      'release failed at step "run migrate" (exit code 3)',
      '"migrate" ended with exit code 3\nthe table is not there',
      "The last lines of migrate",
      "a\n<b>",
      "All of it: logs/migrate.log",
      "todoflow release --keep",
    ]
  ) {
    assert(text.indexOf(part) < text.lastIndexOf("Timeline"), part);
    assertStringIncludes(text, part);
  }
  assertMatch(page, /<details class="log" id="log-2" open>/);
  assertMatch(page, /<details class="log" id="log-1">/);
  assertMatch(text, /urlthe URL must be proven\s*after start appnot reached/);
});

Deno.test("a step that a signal has stopped is shown as stopped, not as failed", () => {
  const events = eventsOf([{ name: "up", span: [0, 9], result: "stopped" }], {
    code: 130,
    others: [failure({ headline: "Stopped by SIGINT" })],
  });
  const text = read(runPage({ events, logs: [] }));
  assertStringIncludes(text, "release stopped");
  assertStringIncludes(text, "What stopped it");
});

Deno.test("the critical path is described in words and marked at its bars", () => {
  const page = runPage({ events: eventsOf(RELEASE), logs: [] });
  assertStringIncludes(
    read(page),
    "Each of these 5 steps waited for the one before it; together they decided that ready app was done 5.0 s after the start. The longest is ready db, 64 % of the run.",
  );
  // Two of the five are bookkeeping, and have no rows of their own.
  assertEquals(page.match(/<li class="row critical">/g)?.length, 3);
  assertEquals(page.match(/<span class="sr">Critical: /g)?.length, 3);
});

Deno.test("each step has a bar whose place is its time, clean-up included", () => {
  const page = runPage({ events: eventsOf(FAILED), logs: [] });
  const bars = [...page.matchAll(
    /<rect class="bar (\S+) (\S+)" x="([\d.]+)%" width="([\d.]+)%"/g,
  )].map(([, role, result, x, width]) =>
    [role, result, Math.round(Number(x)), Math.round(Number(width))].join(" ")
  );
  assertEquals(bars, [
    "other ok 8 22",
    "critical ok 8 64",
    "other stopped 34 50",
    "critical failed 72 12",
    "cleanup ok 84 16",
    "critical ok 0 8",
    "other ok 30 4",
    "starting ok 8 64",
    "container ok 72 28",
    "container stopped 34 50",
    "container failed 72 12",
  ]);
});

Deno.test("events that end early or have no plan make a page, too", () => {
  for (const steps of [RELEASE, FAILED]) {
    const events = eventsOf(steps);
    events.forEach((_, i) => {
      runPage({ events: events.slice(0, i), logs: [] });
      runPage({ events: events.slice(i), logs: [] });
    });
  }
  const page = runPage({ events: eventsOf(RELEASE).slice(0, 3), logs: [] });
  assertStringIncludes(read(page), "release unfinished");
});

Deno.test("tests have totals, and those that failed their message, place and details", () => {
  const failed: TestCase[] = [{
    suite: "todo_test.ts",
    name: "adds a <todo>",
    result: "failed",
    message: "expected 1\n  got 2",
    detail: "stack",
    file: "todo_test.ts",
    line: 12,
  }];
  const totals = { tests: 3, passed: 1, failed: 1, skipped: 1 };
  const events = eventsOf(RELEASE, {
    others: [{
      kind: "tests",
      step: "run test",
      service: "test",
      totals,
      failed,
      coverage: { lines: 10, covered: 9 },
      ms: 1,
    }],
  });
  const page = runPage({ events, logs: [] });
  const text = read(page);
  assertStringIncludes(
    text,
    "3 tests, 1 passed, 1 failed, 1 skipped, 90 % covered",
  );
  assertMatch(page, /<details class="tests" open>/);
  assertMatch(page, /<details class="case" open>/);
  for (
    const part of [
      "failed adds a <todo>",
      "expected 1\n  got 2",
      "todo_test.ts:12",
      "stack",
    ]
  ) assertStringIncludes(text, part);
  const cases: TestCase[] = [
    { suite: "s", name: "passes", result: "passed", ms: 1200 },
    ...failed,
    { suite: "s", name: "waits", result: "skipped", message: "not on Linux" },
  ];
  const whole = read(
    runPage({ events, logs: [], tests: [{ service: "test", cases }] }),
  );
  assertMatch(whole, /adds a <todo>[^]*waits[^]*not on Linux[^]*passes/);
  assertNotMatch(text, /passes|waits/);
});

Deno.test("tests without an event are counted; without any there is no section", () => {
  const tests = [{
    service: "acceptance",
    cases: [{ suite: "", name: "answers", result: "passed" as const }],
  }];
  const events = eventsOf(RELEASE);
  assertStringIncludes(
    read(runPage({ events, logs: [], tests })),
    "acceptance 1 test, 1 passed",
  );
  assertNotMatch(runPage({ events, logs: [] }), /Tests<\/h2>/);
});

Deno.test("ten thousand failed tests with long stacks do not make the page unusable", () => {
  const cases = Array.from({ length: 10_000 }, (_, i): TestCase => ({
    suite: "s",
    name: `test ${i}`,
    result: "failed",
    message: "m".repeat(50_000),
    detail: "d".repeat(50_000),
  }));
  const events = eventsOf(RELEASE);
  const page = runPage({ events, logs: [], tests: [{ service: "t", cases }] });
  assert(page.length < 6_000_000, `${page.length}`);
  assertStringIncludes(page, "9\u202f800 more failed tests");
  assertStringIncludes(page, "8\u202f000 more tests");
});

Deno.test("images are listed with their services", () => {
  const image = (services: string[], unchanged: boolean) => ({
    kind: "image" as const,
    step: "images",
    services,
    id: `sha256:${services[0]}`,
    unchanged,
    ms: 1,
  });
  const text = read(runPage({
    events: eventsOf(RELEASE, {
      others: [image(["app", "migrate"], false), image(["test"], true)],
    }),
    logs: [],
  }));
  assertStringIncludes(text, "app, migratesha256:appnew");
  assertStringIncludes(text, "testsha256:testunchanged");
});

Deno.test("durations and counts are written for people", () => {
  const shown = (ms: number) => duration(ms).replaceAll("\u00a0", " ");
  assertEquals(
    [0, 26.4, 99.4, 99.5, 400, 59_949, 59_950, 125_000].map(shown),
    "0 ms|26 ms|99 ms|0.1 s|0.4 s|59.9 s|1 min 0 s|2 min 5 s".split("|"),
  );
  assertEquals(count(1, "line"), "1 line");
  assertEquals(count(20_000, "line"), "20\u202f000 lines");
  assertEquals(count(2, "match", "matches"), "2 matches");
  assertEquals(escape(`<a b="c">&'`), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
});

Deno.test("a page shows the memory and processor time of each container, and marks one near its limit", () => {
  const usage = (service: string, peak: number, limit?: number) => ({
    ...{ kind: "usage" as const, container: `shop-${service}-1`, service },
    peakMemory: peak * 2 ** 20,
    ...(limit !== undefined && { limit: limit * 2 ** 20 }),
    ...{ cpuMs: 1_234, ms: 5_000 },
  });
  const page = runPage({
    events: eventsOf(RELEASE, {
      others: [usage("<db>", 41), usage("app", 118, 128)],
    }),
    logs: [],
  });
  const text = read(page);
  for (
    const part of [
      "Memory and processor time",
      "<db>shop-<db>-141 MiB1.2 s",
      "appshop-app-1118 of 128 MiB (92 %)1.2 s",
    ]
  ) assertStringIncludes(text, part);
  assertEquals(page.match(/<b class="near">/g)?.length, 1);
  const none = runPage({ events: eventsOf(RELEASE), logs: [] });
  assertNotMatch(none, /Memory and processor time/);
});
