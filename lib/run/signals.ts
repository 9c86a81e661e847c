/**
 * What a signal asks for, from the first question of a run to its end.
 *
 * @module
 */

import { endChildren } from "../child.ts";
import type { Failure } from "../errors/failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { settled } from "../pause.ts";
import type { World } from "../world.ts";

/**
 * One Ctrl-C can arrive more than once: from the terminal, which signals its whole process group, and from parents such as
 * `deno task` and `npx`, which pass on what they got. What comes within this time (ms) is the same.
 */
const SAME_SIGNAL = 1_000;

/** What signals ask for: to stop, and, if one comes again, to give up clean-up, too. */
export interface Signals {
  /** Its reason is a failure of kind "signal". */
  stop: AbortSignal;
  giveUp: AbortSignal;
  /** Listens no more. */
  end(): void;
}

/** Listens to signals until `end`. One that comes when the run has ended changes nothing any more. */
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
 * What a run asks before it makes anything. A signal ends the children that it asks: they would outlive the tool where it
 * alone gets the signal.
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
  // A question that has failed may be followed by one about the reason.
  await settled(asked);
  throw new TodoflowError(stop.reason as Failure);
}
