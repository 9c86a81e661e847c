import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  container,
  docker,
  end,
  FAILURE,
  report,
  reporterIn,
  runEnd,
  runStart,
  start,
  type Surroundings,
  TESTS,
} from "./fakes.ts";

const RUN: Event[] = [
  runStart("build"),
  start("build"),
  ...docker("build", "hello"),
  end("build"),
];

/** Which reporter it was, by what only that one writes. */
function kindOf(options: Surroundings): string {
  const { emit, clock, written, close } = reporterIn(options);
  emit(...RUN.slice(0, 3));
  clock.pass(100);
  emit(...RUN.slice(3));
  close();
  const { stdout, stderr } = written;
  return stdout.startsWith("{")
    ? "json"
    : stderr.includes("::group::")
    ? "github"
    : stderr.includes("section_start:")
    ? "gitlab"
    : stderr.includes("running")
    ? "terminal"
    : "plain";
}

Deno.test("the reporter is chosen by the flags, then the CI system, then the terminal", () => {
  const github = { GITHUB_ACTIONS: "true", CI: "true" };
  const gitlab = { GITLAB_CI: "true", CI: "true" };
  const cases: [string, Surroundings][] = [
    ["plain", {}],
    ["terminal", { terminal: true }],
    ["terminal", { terminal: true, env: { CI: "false", TERM: "xterm" } }],
    ["plain", { terminal: true, env: { TERM: "dumb" } }],
    ["plain", { terminal: true, env: { CI: "1" } }],
    ["plain", { terminal: true, flags: { quiet: true } }],
    ["terminal", { terminal: true, flags: { verbose: true } }],
    ["github", { env: github }],
    ["github", { env: github, terminal: true }],
    ["gitlab", { env: gitlab }],
    ["json", { env: github, flags: { json: true } }],
    ["json", { terminal: true, flags: { json: true } }],
    ["json", { flags: { json: true, quiet: true, verbose: true } }],
  ];
  for (const [kind, options] of cases) {
    assertEquals(kindOf(options), kind, JSON.stringify(options));
  }
});

Deno.test("there are colors where they are wanted: flag, NO_COLOR, FORCE_COLOR, CI system, terminal", () => {
  const color = "auto" as const;
  const auto = { flags: { color } };
  const cases: [boolean, Surroundings][] = [
    [false, auto],
    [true, { ...auto, terminal: true }],
    [false, { ...auto, terminal: true, env: { NO_COLOR: "1" } }],
    [true, { ...auto, terminal: true, env: { NO_COLOR: "" } }],
    [false, { ...auto, terminal: true, env: { TERM: "dumb" } }],
    [true, { ...auto, env: { FORCE_COLOR: "1" } }],
    [true, { ...auto, env: { FORCE_COLOR: "1", TERM: "dumb" } }],
    [false, { ...auto, env: { FORCE_COLOR: "0" } }],
    [false, { ...auto, env: { FORCE_COLOR: "1", NO_COLOR: "1" } }],
    [true, { flags: { color: "always" }, env: { NO_COLOR: "1" } }],
    [
      false,
      { flags: { color: "never" }, terminal: true, env: { FORCE_COLOR: "1" } },
    ],
    [true, { ...auto, env: { GITHUB_ACTIONS: "true" } }],
    [false, { ...auto, env: { GITHUB_ACTIONS: "true", NO_COLOR: "1" } }],
    [false, { flags: { color: "always", json: true } }],
  ];
  for (const [expected, options] of cases) {
    const { stdout, stderr } = report(RUN, options);
    const found = /\[\d+m/.test(stdout + stderr);
    assertEquals(found, expected, JSON.stringify(options));
  }
});

/** The surroundings of each reporter. */
const ALL: Surroundings[] = [
  { flags: { json: true } },
  { env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "s" } },
  { env: { GITLAB_CI: "true" } },
  { terminal: true },
  {},
  { flags: { quiet: true } },
  { flags: { verbose: true, color: "always" } },
];

const STEP = fc.constantFrom("a", "b", "__proto__", "\x1b[2J::x");
const LINE = fc.constantFrom("#1 [1/2] RUN x", "#1 DONE 9s", "", "x", "\x1b[A");
const EVENT: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom(runStart(), runStart("a/x", "b"), FAILURE, TESTS, runEnd()),
  STEP.map((step) => start(step)),
  fc.tuple(STEP, fc.constantFrom("ok", "failed", "stopped"))
    .map(([step, result]) => end(step, 1, result as "ok")),
  fc.tuple(STEP, LINE).map(([step, line]) => docker(step, line)[0]!),
  fc.tuple(STEP, LINE).map(([step, line]) => container([step, "x"], line)[0]!),
  STEP.map((step): Event => ({
    kind: "image",
    step,
    services: [],
    id: "",
    unchanged: false,
  })),
  fc.constant<Event>({ kind: "url", url: "http://x" }),
);

for (const options of ALL) {
  const { env = {}, flags = {}, terminal = false } = options;
  const name = JSON.stringify({ env, flags, terminal });
  Deno.test(`events in any order are no problem: ${name}`, () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(EVENT, fc.nat(40_000))), (events) => {
        const { emit, clock, close } = reporterIn(options);
        for (const [event, ms] of events) {
          emit(event);
          clock.pass(ms);
        }
        close();
      }),
      { seed: 20240607, numRuns: 200 },
    ));

  Deno.test(`what happens after the end is not shown: ${name}`, () => {
    const { emit, clock, written, close } = reporterIn(options);
    emit(...RUN, runEnd());
    close();
    const before = { ...written };
    if (!flags.json) emit(...RUN, FAILURE);
    close();
    clock.pass(100_000);
    assertEquals(written, before);
    assert(before.stdout + before.stderr);
  });
}

Deno.test("only the URL goes to stdout, but for JSON", () => {
  for (const options of ALL.slice(1)) {
    const events = [...RUN, TESTS, FAILURE, runEnd(1)];
    assertEquals(report(events, options).stdout, "");
    const url: Event = { kind: "url", url: "http://x" };
    assertEquals(
      report([...events, url], options).stdout,
      "App running at http://x\n",
    );
  }
});
