/**
 * Events of runs that never were, for the tests of what is made of events.
 *
 * @module
 */

import fc from "fast-check";
import type { Explanation } from "../../../../lib/errors/explanation.ts";
import type {
  Event,
  PlannedStep,
  TimedEvent,
} from "../../../../lib/plan/events.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { SCRIPT } from "../../../../lib/page/script.ts";
import { STYLE } from "../../../../lib/page/style.ts";

/** When every run starts. */
export const START = "2026-01-02T03:04:05.000Z";

/** The time some milliseconds after {@linkcode START}. */
export function at(ms: number): string {
  return new Date(Date.parse(START) + ms).toISOString();
}

/** A step that ran: what it waited for, when it started and ended (ms), and what else is known of it. */
export interface Ran extends Partial<PlannedStep> {
  name: string;
  span: readonly [start: number, end: number];
  result?: "ok" | "failed" | "stopped";
}

/** The events of a run of these steps, the others that are given, and its start and end, in order. */
export function eventsOf(
  steps: readonly Ran[],
  { code = 0, others = [], planned = [] }: {
    code?: number;
    others?: readonly (Event & { ms: number } | TimedEvent)[];
    /** Steps that never started. */
    planned?: readonly PlannedStep[];
  } = {},
): TimedEvent[] {
  const plan = steps.map(({ span: _, result: __, ...step }): PlannedStep => ({
    why: `${step.name} is needed`,
    after: [],
    kind: "command",
    ...step,
  }));
  const timed: { ms: number; event: Event }[] = [
    {
      ms: 0,
      event: {
        kind: "run-start",
        target: "release",
        project: "shop",
        directory: "/src/shop",
        version: "abc1234",
        tool: "1.2.3",
        engine: "unix:///var/run/docker.sock",
        steps: [...plan, ...planned],
      },
    },
    ...steps.flatMap(({ name: step, span: [from, to], result = "ok" }, i) => [
      {
        ms: from,
        event: { kind: "step-start" as const, step, why: plan[i]!.why },
      },
      {
        ms: to,
        event: { kind: "step-end" as const, step, result, ms: to - from },
      },
    ]),
    ...others.map((event) => ({
      ms: "at" in event ? Date.parse(event.at) - Date.parse(START) : event.ms,
      event,
    })),
  ];
  const ms = timed.reduce((most, { ms }) => Math.max(most, ms), 0);
  const sumMs = steps.reduce((sum, { span: [from, to] }) => sum + to - from, 0);
  timed.push({ ms, event: { kind: "run-end", code, ms, sumMs } });
  return timed
    .sort((a, b) => a.ms - b.ms)
    .map(({ ms, event }) => ({ ...event, at: at(ms) }));
}

/** A release of four services that succeeds. */
export const RELEASE: readonly Ran[] = [
  { name: "up", span: [0, 400] },
  { name: "build", span: [400, 1500], after: ["up"] },
  {
    name: "ready db",
    span: [400, 3600],
    after: ["up"],
    kind: "gate",
    service: "db",
  },
  { name: "create", span: [1500, 1700], after: ["build"] },
  {
    name: "run static",
    span: [1700, 2200],
    after: ["create"],
    kind: "oneshot",
    service: "static",
  },
  {
    name: "run migrate",
    span: [3600, 4200],
    after: ["create", "ready db"],
    kind: "oneshot",
    service: "migrate",
  },
  { name: "start app", span: [4200, 4500], after: ["run migrate"] },
  {
    name: "ready app",
    span: [4500, 5000],
    after: ["start app"],
    kind: "gate",
    service: "app",
  },
];

/** A release whose migration fails, so that a step that runs in parallel is stopped and clean-up follows. */
export const FAILED: readonly Ran[] = [
  ...RELEASE.slice(0, 4),
  {
    name: "run static",
    span: [1700, 4210],
    after: ["create"],
    kind: "oneshot",
    service: "static",
    result: "stopped",
  },
  {
    name: "run migrate",
    span: [3600, 4200],
    after: ["create", "ready db"],
    kind: "oneshot",
    service: "migrate",
    result: "failed",
  },
  { name: "down", span: [4210, 5000], kind: "remove", cleanup: "always" },
];

/** Runs of up to twelve steps that wait for some of those before them. */
export const RUNS: fc.Arbitrary<Ran[]> = fc.array(
  fc.record({
    after: fc.array(fc.nat(11), { maxLength: 3 }),
    pause: fc.constantFrom(0, 0, 1, 50),
    ms: fc.oneof(fc.constantFrom(0, 1), fc.nat(5000)),
    result: fc.constantFrom("ok", "ok", "ok", "failed", "stopped"),
    kind: fc.constantFrom("command", "gate", "oneshot", "remove"),
    service: fc.constantFrom("db", "app", "cache"),
    cleanup: fc.constantFrom(undefined, undefined, undefined, "always"),
  }),
  { maxLength: 12 },
).map((steps) => {
  const ends: number[] = [];
  return steps.map(
    ({ after, pause, ms, result, kind, service, cleanup }, i) => {
      const before = [...new Set(after)].filter((n) => n < i);
      const start = pause + Math.max(0, ...before.map((n) => ends[n]!));
      ends.push(start + ms);
      return {
        name: `step ${i}`,
        after: before.map((n) => `step ${n}`),
        span: [start, start + ms],
        result,
        kind,
        ...(["gate", "oneshot"].includes(kind) && { service }),
        ...(cleanup && { cleanup }),
      } as Ran;
    },
  );
});

/** Fixed, so that a run today finds what a run tomorrow finds. */
export const SEED = 20260102;

/** A failure at the end of {@linkcode FAILED}. */
export function failure(explanation: Explanation): Event & { ms: number } {
  return { kind: "failure", exitCode: 1, explanation, ms: 5000 };
}

/** The text of a page as a reader sees it, without its style and script. */
export function read(page: string): string {
  return page
    .replace(STYLE, "").replace(SCRIPT, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&").replaceAll(
      "\u00a0",
      " ",
    );
}

/** A page of one service's log. */
export function pageOfLog(text: string, cut?: number): string {
  const log = { service: "app", text, ...(cut !== undefined && { cut }) };
  return runPage({ events: eventsOf(RELEASE), logs: [log] });
}
