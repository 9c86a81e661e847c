/**
 * The facts that a wait for a container gathers.
 *
 * @module
 */

import type { ContainerState, ProbeResult } from "./container_state.ts";

/** A start of a container, and when (ms) it was seen first; a restart begins a new one. */
export interface Seen {
  startedAt: string;
  at: number;
}

/** The facts that a wait has gathered; times in ms. */
export interface Watch {
  start: Seen;
  /** The state at the last look; undefined where the engine has not told it. */
  state: ContainerState | undefined;
  /** When the next look is due, unless an event comes before. */
  lookAt: number;
  /** Whether an event has come that the last look may not have seen. */
  isNew: boolean;
  /** Ends a pause early. */
  wake: () => void;
  /** When the engine answered last. */
  heard: number;
  /** How often docker has failed since. */
  failed: number;
  /** Since when the engine has called it healthy; Infinity where it does not. */
  healthySince: number;
  /** The last check of ours that failed although a port listened. */
  last: ProbeResult | undefined;
  /** How many checks in a row had no result. */
  without: number;
  /** Since when checks have been unable to run; undefined where the last one ran. */
  unableSince: number | undefined;
  /** The last probe of the engine. */
  engines: ProbeResult | undefined;
  /** The check under way: one at a time; meanwhile the engine may come to its verdict. */
  checking: { since: number; result: Checked } | undefined;
}

/** The result of a check that is under way; undefined where no check is possible. */
type Checked = Promise<ProbeResult & { listens: boolean } | undefined>;

/** The facts at the beginning of a wait, at `now` (ms). */
export function newWatch(start: Seen, now: number): Watch {
  return {
    start,
    state: undefined,
    lookAt: 0,
    isNew: false,
    wake: () => {},
    heard: now,
    failed: 0,
    healthySince: Infinity,
    last: undefined,
    without: 0,
    unableSince: undefined,
    engines: undefined,
    checking: undefined,
  };
}

/** Remembers what the engine says. */
export function note(watch: Watch, state: ContainerState, now: number): void {
  const { startedAt, health, lastProbe } = state;
  watch.heard = now;
  watch.failed = 0;
  watch.engines = lastProbe ?? watch.engines;
  watch.healthySince = health === "healthy"
    ? Math.min(watch.healthySince, now)
    : Infinity;
  if (watch.start.startedAt !== startedAt) {
    Object.assign(watch.start, { startedAt, at: now });
    watch.without = 0;
    watch.unableSince = undefined;
  }
}
