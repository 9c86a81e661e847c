/**
 * Waiting for time to pass, where there is no event to wait for.
 *
 * @module
 */

/** Waits until a promise is fulfilled or rejected, but for so many milliseconds at most. */
export async function settled(
  promise: Promise<unknown>,
  most: number,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, most);
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
