/**
 * Replaces values that must not be shown by `***`, in whole texts, in data and in streams of bytes.
 *
 * @module
 */

import { type Automaton, automaton, type Units } from "./automaton.ts";
import { concat } from "../text/bytes.ts";
import type { Event } from "../plan/events.ts";

/** The text in place of a value. */
export const MASK = "***";

/**
 * Takes the next chunk of a stream and returns the bytes that can be shown. Holds back bytes that may begin a value: at
 * most one less than the longest value has. With `last`, returns all held bytes. The result may share its memory with
 * the chunk.
 */
export type Redact = (chunk: Uint8Array, last: boolean) => Uint8Array;

/** Hides values. */
export interface Redactor {
  /** Hides values in a whole text. */
  text(text: string): string;
  /** Hides values in all strings of data, except for keys and for the properties {@linkcode NAMES}. */
  within<T>(data: T): T;
  /** Hides values in an event, except for the names of steps, because events refer to them. */
  event<T extends Event>(event: T): T;
  /** Begins a stream; each stream needs its own. */
  stream(): Redact;
}

/** Holds the redactor of a run as soon as it is known, for code outside of the run that reports the run's failure. */
export interface Hidden {
  redactor?: Redactor | undefined;
}

/** Hides nothing. */
export const NOTHING_HIDDEN: Redactor = {
  text: (text) => text,
  within: (data) => data,
  event: (event) => event,
  stream: () => (chunk) => chunk,
};

/**
 * Properties of events whose values are names in the Compose file, words of a fixed list, IDs or times. They stay as they
 * are, so that references still work.
 */
const NAMES: ReadonlySet<string> = new Set([
  "after",
  "at",
  "cleanup",
  "digest",
  "id",
  "kind",
  "project",
  "result",
  "service",
  "services",
  "step",
  "target",
]);

/** Makes a redactor from the forms of values, as bytes; forms that are not UTF-8 are found only in streams. */
export function redactor(forms: readonly Uint8Array[]): Redactor {
  const patterns = forms.filter(({ length }) => length > 0);
  if (patterns.length === 0) return NOTHING_HIDDEN;
  // Each automaton is made on demand: most runs have streams, or texts, but not both.
  const inBytes = lazy(() => automaton(patterns));
  const inText = lazy(() => automaton(patterns.flatMap(unitsOf)));
  const text = (text: string) => redactText(text, inText());
  const within = <T>(data: T) => redactWithin(data, text) as T;
  return {
    text,
    within,
    event: (event) => {
      const told = within(event);
      return event.kind === "run-start"
        ? { ...told, steps: event.steps.map((step) => withName(step, within)) }
        : told;
    },
    stream: () => redactStream(inBytes()),
  };
}

function withName<T extends { name: string }>(
  step: T,
  within: (step: T) => T,
): T {
  return { ...within(step), name: step.name };
}

/** Makes a value at the first call, and returns it from then on. */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

/** The UTF-16 units of bytes, in a list; an empty list if they are not UTF-8. */
function unitsOf(bytes: Uint8Array): Units[] {
  try {
    const options = { fatal: true, ignoreBOM: true };
    const text = new TextDecoder("utf-8", options).decode(bytes);
    return [Uint16Array.from(text.split(""), (unit) => unit.charCodeAt(0))];
  } catch {
    return [];
  }
}

/** A part of a text to hide; `told`: its mask has been written. */
interface Span {
  start: number;
  end: number;
  told: boolean;
}

/** Adds a span that ends after all others; those that it overlaps become one with it. */
function addSpan(spans: Span[], start: number, end: number): void {
  const span = { start, end, told: false };
  for (let last = spans.at(-1); last && last.end > span.start;) {
    span.start = Math.min(span.start, last.start);
    span.told ||= last.told;
    spans.pop();
    last = spans.at(-1);
  }
  spans.push(span);
}

function redactText(text: string, { next, matched }: Automaton): string {
  const spans: Span[] = [];
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    state = next(state, text.charCodeAt(i));
    const length = matched(state);
    if (length > 0) addSpan(spans, i + 1 - length, i + 1);
  }
  if (spans.length === 0) return text;
  let at = 0;
  const parts = spans.map(({ start, end }) => {
    const before = text.slice(at, start);
    at = end;
    return before + MASK;
  });
  return parts.join("") + text.slice(at);
}

function redactWithin(
  data: unknown,
  text: (text: string) => string,
): unknown {
  if (typeof data === "string") return text(data);
  if (Array.isArray(data)) return data.map((item) => redactWithin(item, text));
  if (data === null || typeof data !== "object") return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      NAMES.has(key) ? value : redactWithin(value, text),
    ]),
  );
}

const MASK_BYTES = new TextEncoder().encode(MASK);

/** Hides values in a stream. Positions count from its beginning. */
function redactStream({ next, depth, matched }: Automaton): Redact {
  const spans: Span[] = [];
  let state = 0;
  let end = 0;
  // The bytes that were read but neither written nor hidden begin at `at`.
  let at = 0;
  let held: Uint8Array = new Uint8Array();
  return (chunk, last) => {
    const known = held.length === 0 ? chunk : concat([held, chunk]);
    for (const byte of chunk) {
      state = next(state, byte);
      end++;
      const length = matched(state);
      if (length > 0) addSpan(spans, end - length, end);
    }
    // No future match begins before this position.
    const sure = last ? end : end - depth(state);
    const from = at;
    const parts: Uint8Array[] = [];
    const copy = (to: number) => {
      if (to > at) parts.push(known.subarray(at - from, to - from));
      at = Math.max(at, to);
    };
    for (let span = spans[0]; span && span.start < sure; span = spans[0]) {
      copy(span.start);
      if (!span.told) parts.push(MASK_BYTES);
      span.told = true;
      at = Math.max(at, Math.min(span.end, sure));
      // A match that begins inside this span may still extend it.
      if (span.end > sure) break;
      spans.shift();
    }
    copy(sure);
    held = known.slice(at - from);
    const full = parts.filter(({ length }) => length > 0);
    // Most chunks hold no value, and are not copied.
    return full.length === 1 ? full[0]! : concat(full);
  };
}
