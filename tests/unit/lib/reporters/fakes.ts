/**
 * The tools of tests of reporters: a clock that tests set, and reporters that write to texts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Event, PlannedStep } from "../../../../lib/plan/events.ts";
import { chooseReporter } from "../../../../lib/reporters/mod.ts";
import type { Clock, ReporterOptions } from "../../../../lib/reporters/mod.ts";
import { screen } from "./screen.ts";

/** A clock that stands still. */
export interface FakeClock extends Clock {
  /** Lets time pass; what is due is called, in order. */
  pass(ms: number): void;
  /** How many calls are still due. */
  due(): number;
}

/** Makes a clock. */
export function fakeClock(): FakeClock {
  let now = 1_000;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + Math.max(1, ms), callback };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    pass: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end)
          .toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.callback();
      }
      now = end;
    },
    due: () => timers.length,
  };
}

/** The parts of a reporter that a test decides. */
export type Surroundings =
  & Partial<Pick<ReporterOptions, "env" | "appendFile">>
  & {
    flags?: Partial<ReporterOptions["flags"]>;
    terminal?: boolean;
    size?: { columns: number; rows: number };
    /** Takes what is written to stdout and stderr, which are the same terminal. */
    write?: (text: string) => void;
  };

/** A job of GitHub Actions. */
export const GITHUB: Surroundings = {
  env: {
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: "summary",
    GITHUB_OUTPUT: "output",
  },
};

/** The time of all events, in seconds since 1970. */
export const AT = 1_700_000_000;

/** The reporter that is chosen there, its clock, and what it writes. */
export function reporterIn(options: Surroundings = {}) {
  const clock = fakeClock();
  const written = { stdout: "", stderr: "" };
  const files = new Map<string, string>();
  const size = options.size ?? { columns: 80, rows: 24 };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      options.write?.(text);
    },
    isTerminal: options.terminal ?? false,
  });
  const reporter = chooseReporter({
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    env: options.env ?? {},
    flags: {
      json: false,
      quiet: false,
      verbose: false,
      color: "never",
      ...options.flags,
    },
    size: () => size,
    clock,
    appendFile: options.appendFile ??
      ((path, text) => void files.set(path, `${files.get(path) ?? ""}${text}`)),
  });
  const at = new Date(AT * 1000).toISOString();
  return {
    clock,
    written,
    files,
    size,
    emit: (...events: Event[]) =>
      events.forEach((event) => reporter.emit({ ...event, at })),
    /** Closes it; nothing may be due then. */
    close: (page?: string) => {
      reporter.close(page);
      assertEquals(clock.due(), 0);
    },
  };
}

/** Shows events and the end. */
export function report(
  events: readonly Event[],
  options: Surroundings & { page?: string } = {},
) {
  const { emit, close, written, files } = reporterIn(options);
  emit(...events);
  close(options.page);
  return { ...written, files };
}

/** A reporter on a terminal of that size, and what a person sees there. */
export function onTerminal(columns = 80, rows = 24, verbose = false) {
  const shown = screen(columns, rows);
  const run = reporterIn({
    terminal: true,
    size: { columns, rows },
    flags: { color: "auto", verbose },
    write: shown.write,
  });
  return { ...run, shown };
}

/** The kind of a step, by the first word of its name. */
const KINDS: Readonly<Record<string, PlannedStep["kind"]>> = {
  build: "build",
  ready: "gate",
  steady: "gate",
  run: "oneshot",
  push: "push",
  fresh: "remove",
};

/** The begin of a run with steps of these names; "name/service" for those that have one. */
export function runStart(...names: string[]): Event {
  return {
    kind: "run-start",
    target: "release",
    project: "shop",
    directory: "/shop",
    version: "1.2",
    tool: "0.1.0",
    engine: "unix:///engine.sock",
    steps: names.map((name) => {
      const [step = "", service] = name.split("/");
      return {
        name: step,
        why: "reasons",
        after: [],
        kind: KINDS[step.split(" ")[0]!] ?? "command",
        ...(service !== undefined && { service }),
      };
    }),
  };
}

/** The begin of a step. */
export function start(step: string, why = "reasons"): Event {
  return { kind: "step-start", step, why };
}

/** Lines of a step's command. */
export function docker(step: string, ...lines: string[]): Event[] {
  return lines.map((line) => ({ kind: "output", step, line }));
}

/** Lines of a step's container. */
export function container(
  [step, service]: [step: string, service: string],
  ...lines: string[]
): Event[] {
  return lines.map((line) => ({ kind: "output", step, line, service }));
}

/** The end of a step. */
export function end(
  step: string,
  ms = 400,
  result: "ok" | "failed" | "stopped" = "ok",
): Event {
  return { kind: "step-end", step, result, ms };
}

/** The end of a run. */
export function runEnd(code = 0, ms = 7_200, sumMs = 12_900): Event {
  return { kind: "run-end", code, ms, sumMs };
}

/** A failure with everything that it can have. */
export const FAILURE: Event = {
  kind: "failure",
  exitCode: 1,
  explanation: {
    headline: 'release failed at step "run migrate" (exit code 3)',
    why: '"migrate" is a one-shot that must succeed\n"app" was not started',
    evidence: [{
      title: "Last lines of migrate",
      lines: ["connecting", "access denied"],
      logs: "reports/release/logs/migrate.log",
    }],
    next: "docker start shop-migrate-1",
  },
};

/** Test results of which one has failed. */
export const TESTS: Event = {
  kind: "tests",
  step: "run test",
  service: "test",
  totals: { tests: 12, passed: 11, failed: 1, skipped: 0 },
  failed: [{
    suite: "todos",
    name: "an id is never used again",
    result: "failed",
    message: "expected 2, got 1\nmore",
    file: "./tests/todos_test.ts",
    line: 31,
  }],
  coverage: { lines: 100, covered: 83 },
};

// deno-lint-ignore no-control-regex -- colors begin with one
const COLOR = /\x1b\[[0-9;:]*m/g;

/** The text without colors. */
export function uncolored(text: string): string {
  return text.replace(COLOR, "");
}
