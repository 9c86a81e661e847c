/**
 * Handles signals from the first query of a run to its end.
 *
 * @module
 */

import { endChildren } from "../child.ts";
import type { Failure } from "../errors/failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { settled } from "../pause.ts";
import type { World } from "../world.ts";

/**
 * One Ctrl-C can arrive several times: the terminal signals the whole process group, and parents such as `deno task` and
 * `npx` pass the signal on. Signals within this time (ms) count as one.
 */
const SAME_SIGNAL = 1_000;

/** The first signal stops the run, the second one also ends clean-up. */
export interface Signals {
  /** Its reason is a failure of kind "signal". */
  stop: AbortSignal;
  giveUp: AbortSignal;
  /** Stops listening. */
  end(): void;
}

/** Listens to signals until `end`. */
export function listen(world: World): Signals {
  const stop = new AbortController();
  const giveUp = new AbortController();
  let first = Infinity;
  const end = world.onSignal((signal) => {
    const now = performance.now();
    if (now - first > SAME_SIGNAL) giveUp.abort();
    if (stop.signal.aborted) return;
    first = now;
    stop.abort({ kind: "signal", signal } satisfies Failure);
  });
  return { stop: stop.signal, giveUp: giveUp.signal, end };
}

/**
 * Awaits a query that runs before anything is changed. A signal ends the children of the query, which would otherwise
 * outlive the tool if only the tool gets the signal.
 *
 * @param run the run's id, which its children carry
 * @throws {TodoflowError} when a signal comes first
 */
export async function unlessStopped<T>(
  asked: Promise<T>,
  { signals: { stop }, run }: { signals: Signals; run: string },
): Promise<T> {
  const stopped = Promise.withResolvers<undefined>();
  stop.addEventListener("abort", () => stopped.resolve(undefined));
  if (stop.aborted) stopped.resolve(undefined);
  await Promise.race([asked.then(() => {}, () => {}), stopped.promise]);
  if (!stop.aborted) return await asked;
  await endChildren(run);
  // A failed query may start another one, to find the reason.
  await settled(asked);
  throw new TodoflowError(stop.reason as Failure);
}
