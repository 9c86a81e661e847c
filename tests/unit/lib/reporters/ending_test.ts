import { assert, assertEquals } from "@std/assert";
import type { Explanation } from "../../../../lib/errors/explanation.ts";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  end,
  FAILURE,
  onTerminal,
  reporterIn,
  runEnd,
  runStart,
  start,
  TESTS,
} from "./fakes.ts";

/** The ends of these steps, each of so many ms and after the one before, as a plan. */
function chain(steps: readonly [string, number][]): Event[] {
  const begin = runStart(...steps.map(([name]) => name));
  assert(begin.kind === "run-start");
  const planned = begin.steps.map((step, i) => ({
    ...step,
    after: i === 0 ? [] : [steps[i - 1]![0]],
  }));
  return [
    { ...begin, steps: planned },
    ...steps.flatMap(([name, ms]) => [start(name), end(name, ms)]),
  ];
}

/** The line of the critical path on a terminal of so many columns; undefined without one. */
function pathOn(columns: number, events: Event[]): string | undefined {
  const { emit, clock, shown, close } = onTerminal(columns);
  for (const event of events) {
    emit(event);
    clock.pass(1);
  }
  close();
  return shown.all().find((line) => / s of /.test(line));
}

const STEPS: [string, number][] = [
  ["build", 90],
  ["ready db", 3_100],
  ["run migrate", 700],
  ["ready app", 400],
  ["run acceptance", 900],
];

Deno.test("a run that succeeds says which steps decided on its time, in one line that fits", () => {
  const events = [...chain(STEPS), runEnd(0, 5_400, 5_190)];
  assertEquals(
    pathOn(100, events),
    "ready db 3.1 s → run migrate 0.7 s → ready app 0.4 s → run acceptance 0.9 s = 5.2 s of 5.4 s",
  );
  assertEquals(
    pathOn(80, events),
    "ready db 3.1 s → run migrate 0.7 s → … → run acceptance 0.9 s = 5.2 s of 5.4 s",
  );
  assertEquals(pathOn(40, events), "ready db 3.1 s → … = 5.2 s of 5.4 s");
  assertEquals(pathOn(20, events), undefined);
});

Deno.test("a run of very many steps has an end, too", () => {
  const steps = Array.from(
    { length: 20_000 },
    (_, i): [string, number] => [`step ${i}`, 100 + i % 7],
  );
  const line = pathOn(80, [...chain(steps), runEnd(0, 9, 9)]) ?? "";
  assert(line.length < 80 && line.includes(" → … → "), line);
});

Deno.test("there is no such line for one step, nor for a run that fails", () => {
  const events = [...chain(STEPS.slice(0, 2)), runEnd(0, 3_300, 3_190)];
  assertEquals(pathOn(80, events), undefined);
  const failed = [...chain(STEPS), FAILURE, runEnd(1, 5_400, 5_190)];
  assertEquals(pathOn(80, failed), undefined);
});

Deno.test("the five slowest tests are named, and those of a run that fails are not", () => {
  const tests = TESTS as Extract<Event, { kind: "tests" }>;
  const slow = (ms: number) => ({ suite: "s", name: `t${ms}`, ms });
  const events: Event[] = [
    { ...tests, failed: [], slowest: [12_000, 900, 800].map(slow) },
    { ...tests, failed: [], slowest: [5_000, 700, 600].map(slow) },
  ];
  const named = (...more: Event[]) => {
    const { emit, shown, close } = onTerminal();
    emit(...events, ...more);
    close();
    return shown.all().filter((line) => line.startsWith("  slow"));
  };
  assertEquals(named(runEnd(0)), [
    "  slow 12.0 s  s: t12000",
    "  slow  5.0 s  s: t5000",
    "  slow  0.9 s  s: t900",
    "  slow  0.8 s  s: t800",
    "  slow  0.7 s  s: t700",
  ]);
  assertEquals(named(FAILURE, runEnd(1)), []);
});

Deno.test("a failed test is listed once: by the failure of its step, if that names tests", () => {
  const { failed } = TESTS as Extract<Event, { kind: "tests" }>;
  const times = (explanation: Partial<Explanation>) => {
    const { emit, shown, close } = onTerminal();
    emit(TESTS, {
      kind: "failure",
      exitCode: 1,
      explanation: { headline: "H", ...explanation },
    }, runEnd(1));
    close();
    return shown.all().join("\n").split("an id is never used again").length - 1;
  };
  assertEquals(times({}), 1);
  assertEquals(times({ step: "run test" }), 1);
  assertEquals(times({ step: "run test", tests: failed }), 1);
  assertEquals(times({ step: "run other", tests: [] }), 1);
});

Deno.test("a step that was tried again counts with its last result", () => {
  const { emit, close, written } = reporterIn();
  emit(
    runStart("down", "ready db"),
    start("down"),
    end("down", 600, "failed"),
    start("down"),
    end("down", 700),
    start("ready db"),
    end("ready db", 100),
    runEnd(0, 100, 100),
  );
  close();
  assertEquals(written.stderr.split("\n").slice(3), [
    "",
    "step      result   duration",
    "down      ok          1.3 s",
    "ready db  ok          0.1 s",
    "release ok in 0.1 s",
    "",
  ]);
});

Deno.test("the URL is bold on a terminal, and plain for a program that reads stdout", () => {
  const url: Event = { kind: "url", url: "http://localhost:1" };
  for (const isTerminal of [true, false]) {
    const { emit, close, written } = reporterIn({
      terminal: isTerminal,
      flags: { color: "always" },
    });
    emit(url);
    close();
    assertEquals(
      written.stdout,
      isTerminal
        ? "App running at \x1b[1mhttp://localhost:1\x1b[0m\n"
        : "App running at http://localhost:1\n",
    );
  }
});
