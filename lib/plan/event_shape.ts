/**
 * The shape of events, for events out of a file: another version of todoflow, or another program, may have written it.
 *
 * @module
 */

import type { Event, TimedEvent } from "./events.ts";

/** Whether a value has a shape. Fields that a shape does not name are allowed: later versions may add them. */
type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === "string";
const number: Shape = (value) => Number.isFinite(value);
const truth: Shape = (value) => typeof value === "boolean";

function list(one: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(one);
}

function optional(shape: Shape): Shape {
  return (value) => value === undefined || shape(value);
}

function oneOf(...words: string[]): Shape {
  return (value) => words.some((word) => word === value);
}

function object(fields: Readonly<Record<string, Shape>>): Shape {
  const all = Object.entries(fields);
  return (value) =>
    isObject(value) && all.every(([name, shape]) => shape(value[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const STEP = object({
  ...{ name: text, why: text, after: list(text), kind: text },
  service: optional(text),
  cleanup: optional(oneOf("always", "success", "failure")),
});

const TEST = object({
  ...{ suite: text, name: text },
  message: optional(text),
  file: optional(text),
  line: optional(number),
});

const EVIDENCE = object({
  title: text,
  lines: list(text),
  logs: optional(text),
});

const EXPLANATION = object({
  headline: text,
  why: optional(text),
  tests: optional(list(TEST)),
  evidence: optional(list(EVIDENCE)),
  changed: optional(EVIDENCE),
  location: optional(object({ file: text, line: number, column: number })),
  ...{ step: optional(text), next: optional(text) },
});

/** The fields of each kind. */
const EVENTS: Readonly<Record<Event["kind"], Shape>> = {
  "run-start": object({
    ...{ target: text, project: text, directory: text, tool: text },
    ...{ engine: text, steps: list(STEP), version: optional(text) },
    commit: optional(object({ hash: text, url: optional(text) })),
  }),
  "role": object({ role: text, service: text, reason: text }),
  "step-start": object({ step: text, why: text }),
  "output": object({
    ...{ step: text, line: text },
    ...{ service: optional(text), notice: optional(truth) },
    progress: optional(truth),
  }),
  "image": object({
    ...{ step: text, services: list(text), id: text, unchanged: truth },
  }),
  "step-end": object({
    ...{ step: text, result: oneOf("ok", "failed", "stopped"), ms: number },
  }),
  "tests": object({
    ...{ step: text, service: text, failed: list(TEST) },
    totals: object({
      ...{ tests: number, passed: number, failed: number, skipped: number },
    }),
    coverage: optional(object({ lines: number, covered: number })),
    slowest: optional(list(object({ suite: text, name: text, ms: number }))),
  }),
  "usage": object({
    ...{ container: text, service: text, peakMemory: number, cpuMs: number },
    limit: optional(number),
  }),
  "published": object({
    ...{ step: text, reference: text, digest: text, unchanged: truth },
  }),
  "url": object({ url: text, service: optional(text) }),
  "failure": object({ exitCode: number, explanation: EXPLANATION }),
  "run-end": object({ code: number, ms: number, sumMs: number }),
};

/** A value that looks like an event, of whatever version and kind. */
const ANY = object({ at: text, kind: text });

/**
 * Reads a value out of a file: as an event of this version; as an event of a kind, or with fields, that only other versions
 * know; or as no event at all.
 */
export function readEvent(
  value: unknown,
):
  | { is: "event"; event: TimedEvent }
  | { is: "other"; event: object }
  | { is: "nothing" } {
  if (!ANY(value)) return { is: "nothing" };
  const { kind } = value as { kind: string };
  const isKnown = Object.hasOwn(EVENTS, kind) &&
    EVENTS[kind as Event["kind"]](value);
  return isKnown
    ? { is: "event", event: value as TimedEvent }
    : { is: "other", event: value as object };
}
