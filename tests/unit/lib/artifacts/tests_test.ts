import { assertEquals } from "@std/assert";
import { stepCases, testEvents } from "../../../../lib/artifacts/tests.ts";
import type { Explanation } from "../../../../lib/errors/explanation.ts";
import type { TimedEvent } from "../../../../lib/plan/events.ts";

const at = "2026-01-02T03:04:05.678Z";

function ended(
  step: string,
  result: "ok" | "failed" | "stopped",
  ms = 7,
): TimedEvent {
  return { at, kind: "step-end", step, result, ms };
}

function failure(explanation: Explanation): TimedEvent {
  return { at, kind: "failure", exitCode: 1, explanation };
}

const common = { suite: "steps", ms: 7 };

Deno.test("steps are test cases: a failed one has the explanation of its own failure, a stopped one is skipped", () => {
  const events: TimedEvent[] = [
    { at, kind: "step-start", step: "build", why: "w" },
    ended("build", "ok"),
    ended("run test", "failed"),
    ended("start db", "stopped"),
    ended("down", "failed"),
    failure({
      headline: "test failed",
      step: "run test",
      why: "because",
      evidence: [{ title: "last lines", lines: ["boom"] }],
    }),
    failure({ headline: "Cannot clean up" }),
  ];
  assertEquals(stepCases(events), [
    { ...common, name: "build", result: "passed" },
    {
      ...common,
      name: "run test",
      result: "failed",
      message: "test failed",
      detail: "todoflow: test failed\nWhy:  because\nlast lines:\n  | boom\n",
    },
    { ...common, name: "start db", result: "skipped" },
    { ...common, name: "down", result: "failed" },
  ]);
});

Deno.test("a step that is tried again is one case with its last result, and its times add up", () => {
  assertEquals(
    stepCases([ended("down", "failed", 3), ended("down", "ok", 4)]),
    [{ ...common, name: "down", result: "passed" }],
  );
});

Deno.test("an event of tests names the five slowest, if they took half a second", () => {
  const slowest = (...times: (number | undefined)[]) => {
    const cases = times.map((ms, i) => ({
      suite: "s",
      name: `t${i}`,
      result: "passed" as const,
      ...(ms !== undefined && { ms }),
    }));
    const suites = [{ service: "test", cases }];
    const [event] = testEvents(
      { suites, coverage: undefined, problems: [] },
      String,
    );
    return event?.slowest;
  };
  assertEquals(slowest(499, undefined), undefined);
  assertEquals(
    slowest(600, 100, 500, 900, 700, undefined, 800, 550)
      ?.map(({ name, ms }) => `${name} ${ms}`),
    ["t3 900", "t6 800", "t4 700", "t0 600", "t7 550"],
  );
});

Deno.test("a run that is planned again has only the steps of its last plan", () => {
  const start: TimedEvent = {
    at,
    kind: "run-start",
    target: "test",
    project: "shop",
    directory: "/shop",
    tool: "1",
    engine: "unix:///e",
    steps: [],
  };
  const events = [start, ended("build", "stopped"), start, ended("up", "ok")];
  assertEquals(stepCases(events), [
    { ...common, name: "up", result: "passed" },
  ]);
});
