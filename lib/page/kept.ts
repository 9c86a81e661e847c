/**
 * The events that a page is made of, kept while the run goes on: however much its steps write, they need little memory.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import { MAX_OUTPUT } from "./logs.ts";

/** Events that were kept. */
interface KeptEvents {
  /** Keeps an event; of what a step has written, {@linkcode MAX_OUTPUT} lines at least, and no more than twice as many. */
  keep(event: TimedEvent): void;
  /** What was kept, in order. */
  all(): TimedEvent[];
}

/** Keeps events for {@linkcode runPage} and `trace`. Containers' output, which is in their logs, is not kept. */
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
      // Half at once, so that it costs little for each.
      if (lines.push(kept) > 2 * MAX_OUTPUT) lines.splice(0, MAX_OUTPUT);
    },
    all: () =>
      [events, ...outputs.values()].flat()
        .sort((a, b) => a.place - b.place)
        .map(({ event }) => event),
  };
}
