/**
 * A run in Chrome's trace format, for https://ui.perfetto.dev and chrome://tracing.
 *
 * Source of the format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { visibleText } from "../text/untrusted.ts";
import {
  type ContainerBar,
  lanesOf,
  type Span,
  type StepBar,
  type Timeline,
  timelineOf,
} from "../page/timeline.ts";

/** An entry of the trace; times are in microseconds. */
type Entry = Readonly<Record<string, unknown>>;

/** The two processes that a viewer shows. */
const STEPS = 1;
const CONTAINERS = 2;

/** The thread number of a lane, counted from 0: viewers confuse threads of two processes that share a number. */
function tidOf(pid: number, lane: number): number {
  return pid * 1000 + lane;
}

/** Makes `trace.json` from the events of one run. Steps that overlap are on different lanes; arrows follow `after`. */
export function trace(events: readonly TimedEvent[]): string {
  const timeline = timelineOf(events);
  const entries = [
    ...stepEntries(timeline),
    ...containerEntries(timeline.containers),
    ...moments(events, timeline),
  ];
  return JSON.stringify({
    displayTimeUnit: "ms",
    otherData: about(events, timeline),
    traceEvents: entries,
  }, (_, value) => typeof value === "string" ? visibleText(value) : value) +
    "\n";
}

function about(events: readonly TimedEvent[], { epoch }: Timeline): Entry {
  const start = events.find(({ kind }) => kind === "run-start");
  const started = new Date(epoch).toISOString();
  if (start?.kind !== "run-start") return { started };
  const { target, project, directory, version, tool, engine } = start;
  return { started, target, project, directory, version, tool, engine };
}

/** The name of a process or of a lane; lanes keep their order. */
function names(
  pid: number,
  process: string,
  lanes: readonly string[],
): Entry[] {
  const entry = (name: string, tid: number, args: Entry) => ({
    ph: "M",
    name,
    pid,
    tid,
    args,
  });
  return [
    entry("process_name", 0, { name: process }),
    entry("process_sort_index", 0, { sort_index: pid }),
    ...lanes.flatMap((name, i) => [
      entry("thread_name", tidOf(pid, i), { name }),
      entry("thread_sort_index", tidOf(pid, i), { sort_index: i }),
    ]),
  ];
}

/** A span in microseconds, at least one long, so that an arrow can start in it. */
function drawn({ start, end }: Span): Span {
  return { start: start * 1000, end: Math.max(end * 1000, start * 1000 + 1) };
}

function slice({ start, end }: Span): Entry {
  return { ph: "X", ts: start, dur: end - start };
}

function stepEntries({ steps, critical }: Timeline): Entry[] {
  const spans = steps.map(drawn);
  const lanes = lanesOf(spans);
  const count = Math.max(0, ...lanes.map((lane) => lane + 1));
  const place = (i: number) => ({ pid: STEPS, tid: tidOf(STEPS, lanes[i]!) });
  const bars = steps.map((bar, i) => ({
    ...slice(spans[i]!),
    ...place(i),
    name: bar.step,
    cat: bar.planned?.cleanup ? "clean-up" : "step",
    // The viewer of Chrome has colors of these names; others ignore them.
    ...(bar.result !== "ok" && { cname: "terrible" }),
    args: {
      result: bar.result,
      why: bar.why,
      ms: bar.ms,
      after: bar.planned?.after ?? [],
      critical: critical.includes(bar),
    },
  }));
  const arrows = steps.flatMap((bar, to) =>
    predecessors(steps, bar).map((from) => ({ from, to }))
  ).flatMap(({ from, to }, id) => {
    const common = { name: "after", cat: "after", id };
    return [
      { ph: "s", ts: spans[from]!.end - 1, ...common, ...place(from) },
      { ph: "f", bp: "e", ts: spans[to]!.start, ...common, ...place(to) },
    ];
  });
  const lanesNamed = Array.from({ length: count }, (_, i) => `lane ${i + 1}`);
  return [...names(STEPS, "Steps", lanesNamed), ...bars, ...arrows];
}

/** The indexes of the executions that this one waited for. */
function predecessors(steps: readonly StepBar[], bar: StepBar): number[] {
  const after = bar.planned?.after ?? [];
  return steps.flatMap(({ step, end }, i) =>
    after.includes(step) && end <= bar.start ? i : []
  );
}

function containerEntries(containers: readonly ContainerBar[]): Entry[] {
  const bars = containers.flatMap((container, i) => {
    const { service, kind, ready, start, result } = container;
    const place = {
      pid: CONTAINERS,
      tid: tidOf(CONTAINERS, i),
      cat: "container",
    };
    const span = drawn(container);
    const whole = {
      ...slice(span),
      ...place,
      name: service,
      args: { kind, result, ready: ready === undefined ? null : ready * 1000 },
    };
    if (kind === "one-shot") return [whole];
    const until = { start, end: ready ?? container.end };
    const starting = {
      ...slice({
        start: span.start,
        end: Math.min(span.end, drawn(until).end),
      }),
      ...place,
      name: ready === undefined ? "not ready" : "until ready",
    };
    return [whole, starting];
  });
  const services = containers.map(({ service }) => service);
  return [...names(CONTAINERS, "Containers", services), ...bars];
}

/** Events of a single moment, drawn across all lanes. */
function moments(events: readonly TimedEvent[], { epoch }: Timeline): Entry[] {
  return events.flatMap((event) => {
    if (event.kind !== "url" && event.kind !== "failure") return [];
    const time = Date.parse(event.at) - epoch;
    const common = {
      ph: "i",
      s: "g",
      ts: Math.max(0, time || 0) * 1000,
      pid: STEPS,
      tid: tidOf(STEPS, 0),
      cat: event.kind,
    };
    return event.kind === "url"
      ? { ...common, name: "App running", args: { url: event.url } }
      : {
        ...common,
        name: event.explanation.headline,
        args: { exitCode: event.exitCode, ...event.explanation },
      };
  });
}
