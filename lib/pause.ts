/**
 * Waiting for time to pass, where there is no event to wait for.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** How long (ms) to wait for pending answers after a failure, so that no child outlives the tool. */
const SETTLES_WITHIN = 1_000;

/** Waits until what was asked is fulfilled or rejected, for a second at most. */
export async function settled(promise: Promise<unknown>): Promise<void> {
  await within(promise.then(() => {}, () => {}), { ms: SETTLES_WITHIN });
}

/** When {@linkcode within} stops to wait; what is absent does not end the wait. */
export interface Within {
  /** Milliseconds from now. */
  ms?: number;
  signal?: AbortSignal | undefined;
  /** Milliseconds from the abortion of the signal; by default none. */
  grace?: number;
}

/**
 * Resolves or rejects as the promise does; resolves to undefined where that takes too long. What comes later is ignored,
 * a rejection, too.
 */
export async function within<T>(
  promise: Promise<T>,
  { ms = Infinity, signal, grace = 0 }: Within,
): Promise<T | undefined> {
  const over = new AbortController();
  const late = ms === Infinity ? never() : pause(ms, over.signal);
  const stopped = !signal
    ? never()
    : aborted(signal, over.signal).then(() => pause(grace, over.signal));
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

/** Resolves after some milliseconds, or as soon as the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, signal && { signal });
  } catch {
    // The signal ends the wait; whoever has aborted it knows why.
  }
}
