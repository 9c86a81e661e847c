/**
 * The timeline of a run: its steps and containers as bars on one axis, and the chain of steps that decided on its duration.
 *
 * @module
 */

import { criticalPath } from "../plan/critical.ts";
import type { PlannedStep, TimedEvent } from "../plan/events.ts";

/** A span of time, in milliseconds since the start of the run. */
export interface Span {
  start: number;
  end: number;
}

/** One execution of a step; a step that was tried again has several. */
export interface StepBar extends Span {
  step: string;
  why: string;
  /** "unfinished": the events end before it does. */
  result: "ok" | "failed" | "stopped" | "unfinished";
  /** Milliseconds as the step has measured them. */
  ms: number;
  /** The step in the plan; absent if the events do not contain the plan. */
  planned?: PlannedStep;
}

/** The lifetime of a container, as far as the steps show it. */
export interface ContainerBar extends Span {
  service: string;
  kind: "service" | "one-shot";
  /** When the last of its gates opened; absent if none did. */
  ready?: number;
  result: StepBar["result"];
}

/** The bars of a run. */
export interface Timeline {
  /** The start of the axis, in milliseconds since 1970. */
  epoch: number;
  /** Milliseconds from the first event to the last. */
  length: number;
  /** In the order of their start. */
  steps: StepBar[];
  /** In the order of their start. */
  containers: ContainerBar[];
  /** The chain of steps that decided when the run was done, in order; each waited for the one before. */
  critical: StepBar[];
  /** Planned steps that never started. */
  missing: PlannedStep[];
}

/** The timeline of the events of one run. */
export function timelineOf(events: readonly TimedEvent[]): Timeline {
  const { epoch, times } = clockOf(events);
  const length = times.reduce((most, time) => Math.max(most, time), 0);
  const plan = planOf(events);
  const steps: StepBar[] = [];
  const running = new Map<string, StepBar>();
  events.forEach((event, i) => {
    const time = times[i]!;
    if (event.kind === "step-start") {
      const planned = plan.get(event.step);
      const bar: StepBar = {
        step: event.step,
        why: event.why,
        start: time,
        end: length,
        ms: length - time,
        result: "unfinished",
        ...(planned && { planned }),
      };
      steps.push(bar);
      running.set(event.step, bar);
    } else if (event.kind === "step-end") {
      const bar = running.get(event.step);
      running.delete(event.step);
      if (!bar) return;
      bar.end = Math.max(bar.start, time);
      bar.ms = event.ms;
      bar.result = event.result;
    }
  });
  // The clock of a machine may have been set back.
  steps.sort((a, b) => a.start - b.start);
  const started = new Set(steps.map(({ step }) => step));
  return {
    epoch,
    length,
    steps,
    containers: containersOf(steps, length),
    critical: criticalPath(steps),
    missing: [...plan.values()].filter(({ name }) => !started.has(name)),
  };
}

/** When each event happened; an event without a readable time gets that of the previous one. */
function clockOf(
  events: readonly TimedEvent[],
): { epoch: number; times: number[] } {
  const parsed = events.map(({ at }) => Date.parse(at));
  const epoch = parsed.find((time) => !Number.isNaN(time)) ?? 0;
  let last = 0;
  const times = parsed.map((time) => {
    if (!Number.isNaN(time)) last = Math.max(0, time - epoch);
    return last;
  });
  return { epoch, times };
}

function planOf(events: readonly TimedEvent[]): Map<string, PlannedStep> {
  const start = events.find((event) => event.kind === "run-start");
  return new Map(start?.steps.map((step) => [step.name, step]));
}

function containersOf(steps: readonly StepBar[], end: number): ContainerBar[] {
  const containers: ContainerBar[] = [];
  const services = new Map<string, ContainerBar>();
  // A container lives until the end of the run, or until clean-up removes it.
  const removed =
    steps.find(({ planned, result }) =>
      planned?.cleanup && planned.kind === "remove" && result === "ok"
    )?.end ?? end;
  for (const bar of steps) {
    const { planned, start, result } = bar;
    const service = planned?.service;
    if (service === undefined) continue;
    if (planned?.kind === "oneshot") {
      const { end } = bar;
      containers.push({ service, kind: "one-shot", start, end, result });
    } else if (planned?.kind === "gate") {
      const known = services.get(service);
      const container = known ??
        { service, kind: "service", start, end: removed, result };
      if (!known) containers.push(container);
      services.set(service, container);
      container.end = Math.max(removed, bar.end);
      container.result = result;
      if (result === "ok") container.ready ??= bar.end;
    }
  }
  return containers;
}

/**
 * A lane for each span, counted from 0, so that no two spans in a lane overlap. Uses as few lanes as possible. The spans
 * must be in the order of their start.
 */
export function lanesOf(spans: readonly Span[]): number[] {
  const ends: number[] = [];
  return spans.map(({ start, end }) => {
    const free = ends.findIndex((last) => last <= start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = end;
    return lane;
  });
}
