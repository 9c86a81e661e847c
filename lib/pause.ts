/**
 * Waiting for time to pass, where there is no event to wait for.
 *
 * @module
 */

/** Milliseconds that answers are waited for which nobody needs any more: whom they come from would outlive the tool. */
const SETTLES_WITHIN = 1_000;

/** Waits until what was asked is fulfilled or rejected, for a second at most. */
export async function settled(promise: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, SETTLES_WITHIN);
  await Promise.race([promise.then(() => {}, () => {}), late.promise]);
  clearTimeout(timer);
}

/** Resolves after some milliseconds, or as soon as the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
