import { assertEquals } from "@std/assert";
import { explained, type Known } from "../../../../lib/artifacts/explained.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import type { TimedEvent } from "../../../../lib/plan/events.ts";

const STEP = "run acceptance";

/** The time of a line or an event, some seconds after the run began. */
function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + seconds * 1_000)
    .toISOString();
}

function log(service: string, lines: readonly [number, string][]) {
  const text = lines.map(([second, line]) => `${at(second)} ${line}\n`);
  return { service, text: text.join("") };
}

const EVENTS: TimedEvent[] = [
  {
    ...{ at: at(0), kind: "run-start", target: "release", project: "shop" },
    ...{ directory: "/shop", tool: "1.0.0", engine: "unix:///x" },
    steps: [{
      ...{ name: STEP, why: "w", after: [], kind: "oneshot" },
      service: "acceptance",
    }],
  },
  { at: at(10), kind: "step-start", step: STEP, why: "w" },
  { at: at(16), kind: "step-end", step: STEP, result: "failed", ms: 6_000 },
];

const FAILURE: Failure = {
  ...{ kind: "step-failed", step: STEP, shell: "s", code: 1 },
  target: "release",
  diagnosis: {
    service: "acceptance",
    state: "ended with exit code 1",
    evidence: {
      title: 'last lines of "acceptance"',
      lines: ["of the post-mortem"],
      logs: "reports/release/logs/acceptance.log",
    },
  },
};

function known(more: Partial<Known> = {}): Known {
  return {
    logs: [
      log("acceptance", [[11, "expected 200, got 500"]]),
      log("app", [[1, "ERROR: at the start"], [12, "ERROR: no table items"]]),
      log("cache", [[13, "all is well"]]),
      log("db", [[2, "FATAL: starting up"], [
        17,
        "FATAL: terminating by order",
      ]]),
      log("worker", [[15, "Error: lost the queue"]]),
    ],
    suites: [],
    events: EVENTS,
    apps: ["app"],
    reports: "reports/release",
    paths: ["/"],
    ...more,
  };
}

Deno.test("a failed step shows its own log, then what apps and others wrote as errors since it began", async () => {
  const { evidence } = await explained(FAILURE, known());
  assertEquals(evidence, [
    {
      title: 'last lines of "acceptance"',
      lines: ["expected 200, got 500"],
      logs: "reports/release/logs/acceptance.log",
    },
    {
      title: 'errors of "app" meanwhile',
      lines: ["ERROR: no table items"],
      logs: "reports/release/logs/app.log",
    },
    {
      title: 'errors of "worker" meanwhile',
      lines: ["Error: lost the queue"],
      logs: "reports/release/logs/worker.log",
    },
  ]);
});

const CASE = {
  suite: "todos",
  name: "adds one",
  message: "500 == 201",
  file: "tests/todos.py",
  line: 7,
  detail: "long",
};

Deno.test("failed tests of a report replace the lines of the log, and are counted", async () => {
  const { tests, why, evidence } = await explained(
    FAILURE,
    known({
      events: [...EVENTS, {
        ...{ at: at(20), kind: "tests", step: STEP, service: "acceptance" },
        totals: { tests: 2, passed: 1, failed: 1, skipped: 0 },
        failed: [],
      }],
      suites: [{
        service: "acceptance",
        cases: [{ ...CASE, result: "failed" }, {
          ...{ suite: "todos", name: "b", result: "passed" },
        }],
      }],
    }),
  );
  const { detail: _, ...failed } = CASE;
  assertEquals(tests, [failed]);
  assertEquals(why, "1 of 2 tests failed");
  assertEquals(evidence?.[0], {
    title: 'last lines of "acceptance"',
    lines: [],
    logs: "reports/release/logs/acceptance.log",
  });
  assertEquals(evidence?.length, 3);
});

Deno.test("without a report, the log names the failed tests", async () => {
  const { tests, evidence } = await explained(
    FAILURE,
    known({
      testsIn: ({ service, text }) => {
        assertEquals(service, "acceptance");
        assertEquals(text, `${at(11)} expected 200, got 500\n`);
        return Promise.resolve([CASE]);
      },
    }),
  );
  assertEquals(tests?.map(({ name }) => name), ["adds one"]);
  assertEquals(evidence?.[0]?.lines, []);
});

Deno.test("tests without a message leave the lines of the log", async () => {
  const { message: _, ...silent } = CASE;
  const { evidence } = await explained(
    FAILURE,
    known({
      testsIn: () => Promise.resolve([silent]),
    }),
  );
  assertEquals(evidence?.[0]?.lines, ["expected 200, got 500"]);
});

Deno.test("without logs, the lines of the post-mortem stay", async () => {
  const { evidence } = await explained(FAILURE, known({ logs: [] }));
  assertEquals(evidence?.[0]?.lines, ["of the post-mortem"]);
});

Deno.test("a failure that is no step's is worded alone", async () => {
  const failure: Failure = { kind: "signal", signal: "SIGINT" };
  assertEquals(await explained(failure, known()), {
    headline: "Stopped by SIGINT",
  });
});

Deno.test("a build has no errors of containers that run beside it", async () => {
  const [start, ...rest] = EVENTS;
  const events = [{
    ...start as Extract<TimedEvent, { kind: "run-start" }>,
    steps: [{ name: STEP, why: "w", after: [], kind: "build" as const }],
  }, ...rest];
  const { evidence } = await explained(FAILURE, known({ events }));
  assertEquals(evidence?.length, 1);
});
