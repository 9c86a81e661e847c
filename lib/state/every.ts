/**
 * Repeats a call while a project is locked.
 *
 * @module
 */

/** Calls the function every so many milliseconds, until the returned function is called. */
export type Every = (ms: number, call: () => void) => () => void;

/** Repeats a call for as long as the process has something else to do. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
