/**
 * Waits for time to pass, where there is no event to wait for.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** Waits as {@linkcode pause} does. Code that waits for long takes such a function, so that a test can hand in its own. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** How long (ms) to wait for pending answers after a failure, so that no child outlives the tool. */
const SETTLES_WITHIN = 1_000;

/** Waits until the promise is fulfilled or rejected, for a second at most. */
export async function settled(promise: Promise<unknown>): Promise<void> {
  await within(promise.then(() => {}, () => {}), { ms: SETTLES_WITHIN });
}

/** Does as Promise.all, but rejects only when all promises have ended: no question outlives the failure of another one. */
export async function allEnded<T extends readonly unknown[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

/** When {@linkcode within} stops waiting; an absent limit does not end the wait. */
export interface Within {
  /** Milliseconds from now. */
  ms?: number;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the promise still has after the signal was aborted; none by default. */
  grace?: number;
  /** Measures both times; {@linkcode pause} by default. */
  sleep?: Sleep | undefined;
}

/**
 * Resolves or rejects as the promise does, or resolves to undefined when that takes too long. A later result is ignored,
 * and so is a later rejection.
 */
export async function within<T>(
  promise: Promise<T>,
  { ms = Infinity, signal, grace = 0, sleep = pause }: Within,
): Promise<T | undefined> {
  const over = new AbortController();
  const late = ms === Infinity ? never() : sleep(ms, over.signal);
  const stopped = !signal
    ? never()
    : aborted(signal, over.signal).then(() =>
      grace > 0 ? sleep(grace, over.signal) : undefined
    );
  promise.catch(() => {});
  try {
    return await Promise.race([
      promise,
      Promise.race([late, stopped]).then(() => undefined),
    ]);
  } finally {
    over.abort();
  }
}

/** A time limit. */
interface Deadline {
  /** Aborted when the time is over. */
  late: AbortSignal;
  /** Takes the limit away; without this call, the process stays until the time is over. */
  cancel(): void;
}

/** A limit of some milliseconds from now. */
export function deadline(ms: number, sleep: Sleep = pause): Deadline {
  const late = new AbortController();
  const over = new AbortController();
  sleep(ms, over.signal).then(() => over.signal.aborted || late.abort());
  return { late: late.signal, cancel: () => over.abort() };
}

function never(): Promise<void> {
  return new Promise(() => {});
}

/** Resolves when one of the signals is aborted. */
function aborted(...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signals.forEach((one) => one.removeEventListener("abort", done));
      resolve();
    };
    if (signals.some((one) => one.aborted)) return resolve();
    signals.forEach((one) => one.addEventListener("abort", done));
  });
}

/**
 * Resolves in a later turn of the event loop. Its time limit costs less than `setTimeout`: the first call of that loads
 * node's timers, which takes a quarter of the time in which Deno starts.
 */
export function nextTurn(): Promise<void> {
  return aborted(AbortSignal.timeout(0));
}

/** Resolves after some milliseconds, or as soon as the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, signal && { signal });
  } catch {
    // The abort ends the wait; its reason is for others.
  }
}
