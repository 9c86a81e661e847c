/**
 * Keeps the events of a run for its page, in little memory even if its steps write much.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { MAX_OUTPUT } from "./logs.ts";

/** Keeps the events of one run. */
interface KeptEvents {
  /** Keeps an event; of a step's output, at least the last {@linkcode MAX_OUTPUT} lines, and at most twice as many. */
  keep(event: TimedEvent): void;
  /** The kept events, in order. */
  all(): TimedEvent[];
}

/** Keeps events for {@linkcode runPage} and `trace`, except for the output of containers, which is in their logs. */
export function keptEvents(): KeptEvents {
  interface Kept {
    place: number;
    event: TimedEvent;
  }
  const events: Kept[] = [];
  const outputs = new Map<string, Kept[]>();
  let place = 0;
  return {
    keep: (event) => {
      const kept = { place: place++, event };
      if (event.kind !== "output") return void events.push(kept);
      if (event.service !== undefined) return;
      const lines = outputs.get(event.step) ?? [];
      outputs.set(event.step, lines);
      // Half of them at once, so that dropping costs little for each line.
      if (lines.push(kept) > 2 * MAX_OUTPUT) lines.splice(0, MAX_OUTPUT);
    },
    all: () =>
      [events, ...outputs.values()].flat()
        .sort((a, b) => a.place - b.place)
        .map(({ event }) => event),
  };
}
