import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Event } from "../../../../lib/plan/events.ts";
import { guard } from "../../../../lib/reporters/github.ts";
import {
  container,
  docker,
  end,
  FAILURE,
  GITHUB,
  report,
  reporterIn,
  runEnd,
  runStart,
  start,
  TESTS,
} from "./fakes.ts";

interface Command {
  name: string;
  properties: string;
  data: string;
}

/**
 * The commands in an output, as https://github.com/actions/runner reads them (`ActionCommand.cs`), except that every name
 * is one of a command: lines end as for .NET's ReadLine.
 */
function commandsIn(output: string): Command[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => {
    const now = /^\s*::(?!:)(.*?)::(.*)$/s.exec(line);
    const old = /##\[(.*?)\](.*)$/s.exec(line);
    const [, info, data = ""] = now ?? old ?? [];
    if (info === undefined) return [];
    const [name = "", ...properties] = info.split(" ");
    return [{ name, properties: properties.join(" "), data }];
  });
}

Deno.test("each step that says something is a group, written when it has ended", () => {
  const { emit, written, close } = reporterIn(GITHUB);
  emit(
    runStart("build", "ready db/db", "run migrate/migrate"),
    start("build"),
    start("run migrate"),
    start("ready db"),
    ...docker("build", "#1 [1/2] RUN a", "#1 DONE 1.5s"),
    ...container(["run migrate", "migrate"], "one"),
  );
  assertEquals(written.stderr, "");
  emit(
    end("ready db", 100),
    ...container(["run migrate", "migrate"], "two"),
    end("run migrate", 600),
    end("build", 1_600),
    runEnd(),
  );
  close();
  assertEquals(
    written.stderr,
    `ready db: ok (0.1 s)
::group::run migrate: ok (0.6 s)
migrate | one
migrate | two
::endgroup::
::group::build: ok (1.6 s): 1 step, 0 cached
build   | [1/2] RUN a (1.5 s)
::endgroup::

step         result   duration
ready db     ok          0.1 s
run migrate  ok          0.6 s
build        ok          1.6 s
release ok in 7.2 s (12.9 s sequentially, 5.7 s saved)
`,
  );
});

Deno.test("failures and failed tests are errors with their place; the failure comes last", () => {
  const { stderr } = report([
    start("build"),
    FAILURE,
    TESTS,
    end("build", 100, "failed"),
    runEnd(1, 100, 100),
  ], GITHUB);
  assertEquals(commandsIn(stderr), [{
    name: "error",
    properties: 'title=release failed at step "run migrate" (exit code 3)',
    data:
      'Why:  "migrate" is a one-shot that must succeed%0A      "app" was not started%0ALast lines of migrate (reports/release/logs/migrate.log):%0A  | connecting%0A  | access denied%0ANext: docker start shop-migrate-1',
  }, {
    name: "error",
    properties:
      "title=todos%3A an id is never used again,file=tests/todos_test.ts,line=31",
    data: "expected 2, got 1",
  }]);
  assert(stderr.endsWith("Next: docker start shop-migrate-1\n"));
});

Deno.test("a failure is at the place of its first failed test, which has no error of its own then", () => {
  const { failed: [test] } = TESTS as Extract<Event, { kind: "tests" }>;
  const other = { ...test!, name: "another", line: 40 };
  const { stderr } = report([
    { ...TESTS as Extract<Event, { kind: "tests" }>, failed: [test!, other] },
    {
      kind: "failure",
      exitCode: 1,
      explanation: {
        headline: "H",
        tests: [test!, other],
        location: { file: "compose.yaml", line: 2, column: 3 },
      },
    },
  ], GITHUB);
  assertEquals(commandsIn(stderr), [{
    name: "error",
    properties: "title=H,file=tests/todos_test.ts,line=31",
    data:
      "2 failed tests:%0A  | todos: an id is never used again%0A  |   expected 2, got 1%0A  |   tests/todos_test.ts:31%0A  | todos: another%0A  |   expected 2, got 1%0A  |   tests/todos_test.ts:40",
  }, {
    name: "error",
    properties: "title=todos%3A another,file=tests/todos_test.ts,line=40",
    data: "expected 2, got 1",
  }]);
});

Deno.test("there are at most ten errors, more are not shown by GitHub", () => {
  const failed = Array.from({ length: 20 }, (_, i) => ({
    suite: "",
    name: `test ${i}`,
    result: "failed" as const,
  }));
  const tests: Event = {
    ...TESTS as Extract<Event, { kind: "tests" }>,
    failed,
  };
  const errors = commandsIn(report([tests, FAILURE], GITHUB).stderr);
  assertEquals(errors.length, 10);
  assertStringIncludes(errors[0]!.properties, "run migrate");
  assertEquals(errors[9]!.properties, "title=test 8");
});

Deno.test("an error's texts cannot end it or add a property", () => {
  const { stderr } = report([{
    kind: "failure",
    exitCode: 1,
    explanation: { headline: "100%0A, file=x::y\nz", why: "a%b\r\nc::d" },
  }], GITHUB);
  const [error] = commandsIn(stderr);
  assertEquals(error, {
    name: "error",
    properties: "title=100%250A%2C file=x%3A%3Ay z",
    data: "Why:  a%25b%0A      c::d",
  });
});

/** Lines with which containers would command GitHub's runner. */
const HOSTILE = [
  "::error::x",
  " ::set-output name=a::b",
  "\t\u00a0::add-mask::x",
  "##[add-mask]x",
  "text ##[set-env name=PATH]/evil",
  "##vso[task.setvariable variable=a]b",
  "x\r::error::x",
  "x\n::error::x",
  "x\r\n::stop-commands::x",
  "\x1b[31m::error::x",
  "\x1b]0;x\x07::error::x",
  "\u2028::error::x",
  "\x85::error::x",
  "#\x01#[error]x",
  "#\x1b[0m#[error]x",
  "::endgroup::",
  "##[endgroup]",
];

for (const color of ["1", ""]) {
  Deno.test(`nothing that a container or a command writes is a command, ${color ? "without" : "with"} colors`, () => {
    const env = { ...GITHUB.env!, NO_COLOR: color };
    const { stderr } = report([
      runStart("build"),
      start("build"),
      ...docker("build", ...HOSTILE),
      ...container(["build", "a"], ...HOSTILE),
      ...container(["build", "::error::"], ...HOSTILE),
      ...docker("unknown", ...HOSTILE),
      end("build", 100, "failed"),
    ], { env, flags: { color: "auto" } });
    assertEquals(
      commandsIn(stderr).map(({ name }) => name),
      ["group", "endgroup"],
    );
  });
}

Deno.test("no name and no text in an event is a command", () => {
  const text = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.array(fc.constantFrom("::", "##", "[", "]", "\r", "\n", " ", "error"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      const events: Event[] = [
        { ...runStart(text) as object, target: text, version: text } as Event,
        start(text, text),
        ...docker(text, text),
        ...container([text, text], text),
        end(text, 1, "failed"),
        start("left behind", text),
        ...docker("left behind", text),
        {
          kind: "tests",
          step: text,
          service: text,
          totals: { tests: 1, passed: 0, failed: 1, skipped: 0 },
          failed: [{
            suite: text,
            name: text,
            result: "failed",
            message: text,
            file: text,
          }],
        },
        { kind: "url", url: text },
        {
          kind: "failure",
          exitCode: 1,
          explanation: {
            headline: text,
            why: text,
            evidence: [{ title: text, lines: [text, text], logs: text }],
            next: text,
          },
        },
        runEnd(1),
      ];
      for (const verbose of [false, true]) {
        const { stdout, stderr } = report(events, {
          ...GITHUB,
          flags: { verbose },
        });
        const names = commandsIn(stderr).map(({ name }) => name)
          .filter((name) => !["group", "endgroup"].includes(name));
        assertEquals(names, ["error", "error"]);
        assertEquals(commandsIn(stdout), []);
      }
    }),
    { seed: 20240607, numRuns: 100 },
  );
});

Deno.test("a line without a prefix is harmless, too", () => {
  assertEquals(guard("  ::error::x"), "  : :error::x");
  assertEquals(guard("a ##[error]x"), "a # #[error]x");
  assertEquals(guard("::1 is the loopback"), "::1 is the loopback");
});

Deno.test("the last 10,000 lines of a step with more are shown, and the place of the rest", () => {
  const lines = Array.from({ length: 25_000 }, (_, i) => `line ${i}`);
  const { stderr } = report([
    runStart("run test/test"),
    start("run test"),
    ...container(["run test", "test"], ...lines),
    end("run test"),
  ], GITHUB);
  const told = stderr.split("\n");
  assertEquals(told.slice(1, 3), [
    "… 15000 lines before these are in reports/release",
    "test | line 15000",
  ]);
  assertEquals(told[10_001], "test | line 24999");
  assertEquals(told[10_002], "::endgroup::");
});

Deno.test("silence is broken while groups are being filled", () => {
  const { emit, clock, written, close } = reporterIn(GITHUB);
  emit(start("build"), ...docker("build", "a line"), start("up"));
  clock.pass(20_000);
  emit(end("up"));
  clock.pass(60_000);
  assertEquals(
    written.stderr,
    "up: ok (0.4 s)\nstill running: build (50 s): a line\nstill running: build (80 s): a line\n",
  );
  close();
  assertStringIncludes(written.stderr, "\nbuild | a line\n");
});

Deno.test("quiet: no groups, only the result", () => {
  const { stderr } = report([
    start("a"),
    ...docker("a", "a line"),
    end("a"),
    start("b"),
    ...docker("b", "a line"),
    end("b", 400, "failed"),
    runEnd(1, 400, 400),
  ], { ...GITHUB, flags: { quiet: true } });
  assertEquals(
    stderr,
    "run failed in 0.4 s\n",
  );
});

Deno.test("a step of bookkeeping has a group only if it says something", () => {
  const { stderr } = report([
    runStart("tag app", "images"),
    start("tag app"),
    end("tag app", 100),
    start("images"),
    ...docker("images", "takes the name app"),
    end("images", 100),
  ], GITHUB);
  assertEquals(
    stderr,
    `::group::images: ok (0.1 s)
images  | takes the name app
::endgroup::

step             result   duration
bookkeeping (2)  ok          0.2 s
`,
  );
});

Deno.test("verbose: the reason of a step is in its group", () => {
  const { stderr } = report([start("a"), end("a")], {
    ...GITHUB,
    flags: { verbose: true },
  });
  assertEquals(
    stderr.split("\n").slice(0, 3),
    ["::group::a: ok (0.4 s)", "reasons", "::endgroup::"],
  );
});
