/**
 * The clock of a run that is over: it shows the time of the events, and nothing waits for it.
 *
 * @module
 */

import type { Clock } from "../reporters/mod.ts";

/** Callbacks that are due later than this (ms) are signs of life, which a run that is over does not give. */
const SOON = 1_000;

/** The clock, and the hands that move it. */
export interface PastClock extends Clock {
  /** Sets the time; an unreadable time, and an earlier one, are ignored. */
  set(at: string): void;
  /** Calls what waits for a moment: what a terminal shows is drawn, and need not be kept. */
  tick(): void;
}

/** A clock that stands at 0. */
export function pastClock(): PastClock {
  const waiting = new Set<() => void>();
  let first: number | undefined;
  let now = 0;
  return {
    now: () => now,
    after: (ms, callback) => {
      if (ms > SOON) return () => {};
      waiting.add(callback);
      return () => void waiting.delete(callback);
    },
    set: (at) => {
      const time = Date.parse(at);
      if (Number.isNaN(time)) return;
      first ??= time;
      now = Math.max(now, time - first);
    },
    tick: () => {
      const due = [...waiting];
      waiting.clear();
      due.forEach((callback) => callback());
    },
  };
}
