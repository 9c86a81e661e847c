/**
 * Keeps the events of a run for its page, in little memory even if its steps write much.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { MAX_OUTPUT } from "./logs.ts";

/** Keeps the events of one run. */
interface KeptEvents {
  /**
   * Keeps an event; of a step's output, at least the last {@linkcode MAX_OUTPUT} lines, and at most twice as many, unless
   * all lines together are longer than {@linkcode MAX_UNITS}.
   */
  keep(event: TimedEvent): void;
  /** The kept events, in order. */
  all(): TimedEvent[];
}

/** The most UTF-16 units of output that are kept, of all steps together: more than a page shows. */
const MAX_UNITS = 32_000_000;

interface Kept {
  place: number;
  event: TimedEvent;
}

/** The output of a step. */
interface Output {
  lines: Kept[];
  /** UTF-16 units of its lines. */
  units: number;
}

/** Keeps events for {@linkcode runPage} and `trace`, except for the output of containers, which is in their logs. */
export function keptEvents(): KeptEvents {
  const events: Kept[] = [];
  const outputs = new Map<string, Output>();
  let place = 0;
  let units = 0;
  const halve = (output: Output) => {
    const dropped = output.lines.splice(0, Math.ceil(output.lines.length / 2));
    const freed = dropped.reduce((sum, { event }) => sum + unitsOf(event), 0);
    output.units -= freed;
    units -= freed;
  };
  return {
    keep: (event) => {
      const kept = { place: place++, event };
      if (event.kind !== "output") return void events.push(kept);
      if (event.service !== undefined) return;
      const output = outputs.get(event.step) ?? { lines: [], units: 0 };
      outputs.set(event.step, output);
      output.lines.push(kept);
      output.units += unitsOf(event);
      units += unitsOf(event);
      // Half of them at once, so that dropping costs little for each line.
      if (output.lines.length > 2 * MAX_OUTPUT) halve(output);
      while (units > MAX_UNITS) halve(longest(outputs));
    },
    all: () =>
      [events, ...[...outputs.values()].map(({ lines }) => lines)].flat()
        .sort((a, b) => a.place - b.place)
        .map(({ event }) => event),
  };
}

function unitsOf(event: TimedEvent): number {
  return event.kind === "output" ? event.line.length : 0;
}

function longest(outputs: ReadonlyMap<string, Output>): Output {
  return [...outputs.values()].reduce((a, b) => b.units > a.units ? b : a);
}
