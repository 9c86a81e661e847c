/**
 * Waits until a container is ready: not for the engine's next interval, but until its own health check succeeds.
 *
 * @module
 */

import { whyUncheckable } from "../causes/programs.ts";
import { pause, type Sleep, within } from "../pause.ts";
import type { Verdict } from "../plan/executor.ts";
import type { Needs } from "../plan/plan.ts";
import type { ContainerState, Look, ProbeResult } from "./container_state.ts";
import type { Watched } from "./events.ts";
import { probeTeller } from "./probe_told.ts";
import {
  notInTime,
  uncheckable,
  verdictOf,
  verdictWithoutState,
} from "./verdict.ts";
import { newWatch, note, type Seen, type Watch } from "./watch.ts";

/** The questions about one container. */
export interface Probe {
  /** Asks the engine once; the signal ends the question. */
  inspect(signal: AbortSignal): Promise<Look>;
  /**
   * Waits a few seconds until an exposed port listens, then runs the container's own health check; undefined if that is
   * impossible.
   */
  check(
    signal: AbortSignal,
  ): Promise<ProbeResult & { listens: boolean } | undefined>;
}

/** Options of {@linkcode awaitReady}. */
export interface ReadyOptions {
  /** Ends the wait. */
  signal: AbortSignal;
  needs: Needs;
  /** Whether an end with exit code 0 counts as ready. */
  mayEnd?: boolean;
  /** Whether an end with exit code 0 is a failure, even if the engine starts the container again. */
  staysUp?: boolean;
  /** The start that an earlier wait has seen. */
  seen?: Seen;
  /** Follows the events of the container; without it, each turn looks at the container. */
  follow?: (onEvent: () => void) => Watched;
  /** Gets what a failed probe says, if that is new. */
  onProbe?: (said: string) => void;
  /** Pauses for some milliseconds. */
  sleep?: Sleep;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

/**
 * The pause (ms) after a failed check; a slow check makes it longer, so that the container has most of the time for
 * itself.
 */
const PAUSE = 100;
/** The pause (ms) between two looks at the engine's verdict, and the longer one where an event would tell of it. */
const [LOOK, LOOK_SELDOM] = [500, 2_000];

/**
 * How long (ms) the engine must call a container healthy if no exposed port listens, such as a worker with the image of
 * the server. Long enough for the temporary server of a database, which may be probed while it initializes.
 */
const HEALTHY_WITHOUT_PORT = 10_000;

/** How many checks without a result, in a row, show that the container lacks the means for any check. */
const UNCHECKABLE = 3;

/**
 * How long (ms) the program of a check may be missing: a container may make it when it starts. One that installs a package
 * says with `start_period` how long that takes.
 */
const UNABLE = 2_000;

/** The time (ms) before the next look where the engine has not told the state. */
const AGAIN_AFTER = 500;

/**
 * How long (ms) a container without a health check must have run to be steady: a program that lacks something ends
 * sooner.
 */
const STEADY = 1_000;

/** The input of one turn of the wait. */
interface Turn extends
  Required<
    Pick<ReadyOptions, "needs" | "mayEnd" | "staysUp" | "sleep" | "now">
  > {
  probe: Probe;
  /** Ends the questions. */
  signal: AbortSignal;
  isTold: Watched["isTold"];
  /** Tells what a failed probe says. */
  tellProbe: ReturnType<typeof probeTeller>;
}

/**
 * Waits until the container is ready.
 *
 * Databases start twice: while an image initializes, a temporary server answers on its socket. So a success counts only
 * when an exposed TCP port listened before the check began. Where that is unknown, todoflow waits for the engine's own
 * verdict.
 */
export async function awaitReady(
  probe: Probe,
  options: ReadyOptions,
): Promise<Verdict> {
  const { needs, sleep = pause, now = () => performance.now() } = options;
  const { seen = { startedAt: "", at: 0 } } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const watch = newWatch(seen, now());
  const events = options.follow?.(() => {
    watch.isNew = true;
    watch.wake();
  });
  const isTold = () => events?.isTold() ?? false;
  const { mayEnd = false, staysUp = false } = options;
  const tellProbe = probeTeller({ onProbe: options.onProbe, now });
  const clock = { sleep, now, signal, isTold, tellProbe };
  const turn = { probe, needs, mayEnd, staysUp, ...clock };
  try {
    while (!options.signal.aborted) {
      const verdict = await takeTurn(watch, turn);
      if (verdict) return verdict;
    }
    return notInTime(watch, now() - watch.heard);
  } finally {
    events?.end();
    over.abort();
  }
}

/** Looks at the container if a look is due, then checks or pauses; undefined where there is no verdict yet. */
async function takeTurn(
  watch: Watch,
  turn: Turn,
): Promise<Verdict | undefined> {
  const { sleep, now, signal, isTold } = turn;
  if (!watch.state || watch.isNew || !isTold() || now() >= watch.lookAt) {
    const verdict = await lookOnce(watch, turn);
    if (verdict) return verdict;
  }
  const { state } = watch;
  if (!state) {
    await sleep(AGAIN_AFTER, signal);
    return undefined;
  }
  const isChecked = state.status === "running" && state.health !== undefined;
  if (isChecked) return await check(watch, state, turn);
  await rest(watch, { ...turn, ms: beforeLook(PAUSE, watch, turn) });
  return undefined;
}

/** Looks at the container; undefined where there is no verdict yet. */
async function lookOnce(
  watch: Watch,
  { probe, needs, mayEnd, staysUp, now, signal }: Turn,
): Promise<Verdict | undefined> {
  // Before the question: the answer may not show what happens from here on.
  watch.isNew = false;
  const look = await probe.inspect(signal);
  watch.state = look.kind === "known" ? look.state : undefined;
  if (look.kind === "failed") watch.failed++;
  if (look.kind !== "known") return verdictWithoutState(look, watch.failed);
  const { state } = look;
  note(watch, state, now());
  const verdict = verdictOf(state, watch.last, { needs, mayEnd, staysUp });
  const steadyAt = watch.start.at + STEADY;
  const isYoung = needs === "steady" && now() < steadyAt;
  if (verdict?.ready && state.health === undefined && isYoung) {
    watch.lookAt = steadyAt;
    return undefined;
  }
  if (verdict) return verdict;
  const healthyAt = watch.healthySince + HEALTHY_WITHOUT_PORT;
  if (now() >= healthyAt) return { ready: true };
  watch.lookAt = Math.min(now() + LOOK_SELDOM, healthyAt);
  return undefined;
}

/** The time (ms) before the next look: `ms`, or longer where an event would tell of a reason for an earlier one. */
function beforeLook(
  ms: number,
  { lookAt }: Watch,
  { isTold, now }: Turn,
): number {
  return isTold() ? Math.max(0, lookAt - now()) : ms;
}

/** Waits for the promise, for some milliseconds at most, and not any longer when an event has come. */
async function rest<T>(
  watch: Watch,
  { ms, until, sleep, signal }: Pick<Turn, "sleep" | "signal"> & {
    ms: number;
    until?: Promise<T>;
  },
): Promise<T | undefined> {
  until?.catch(() => {});
  if (watch.isNew) return undefined;
  const woken = Promise.withResolvers<undefined>();
  watch.wake = () => woken.resolve(undefined);
  const first = until ? Promise.race([until, woken.promise]) : woken.promise;
  return await within<T | undefined>(first, { ms, signal, sleep });
}

/** Runs the container's own check, or goes on waiting for it, until the next look. */
async function check(
  watch: Watch,
  { health }: ContainerState,
  turn: Turn,
): Promise<Verdict | undefined> {
  const { probe, now, signal, isTold } = turn;
  watch.checking ??= { since: now(), result: probe.check(signal) };
  const { since, result } = watch.checking;
  result.catch(() => {});
  const done = await rest(watch, {
    ...turn,
    ms: beforeLook(LOOK, watch, turn),
    until: result.then((result) => ({ result })),
  });
  if (!done) return undefined;
  const took = now() - since;
  watch.checking = undefined;
  const succeeded = done.result?.listens && done.result.exitCode === 0;
  if (done.result ? succeeded : health === "healthy") return { ready: true };
  const unable = done.result && whyUncheckable(done.result);
  // The words of a check that cannot run count, whether or not a port listens.
  turn.tellProbe(
    unable === undefined
      ? done.result ?? watch.engines
      : { ...done.result!, listens: true },
  );
  if (done.result?.listens) watch.last = done.result;
  if (unable !== undefined) return await unableNow(watch, turn, unable);
  if (done.result?.listens) watch.unableSince = undefined;
  watch.without = done.result ? 0 : watch.without + 1;
  // An event tells of the engine's verdict, which is the only one where no check is possible.
  const isUncheckable = isTold() && watch.without >= UNCHECKABLE;
  // The check itself has waited if no port listened.
  const least = isUncheckable ? LOOK : PAUSE;
  const share = done.result && watch.last ? took / 2 : 0;
  await rest(watch, { ...turn, ms: Math.max(least, share) });
  return undefined;
}

/**
 * Fails where the program of the check is missing for the second time and the container's `start_period` is over; it is
 * asked for again only after a while.
 */
async function unableNow(
  watch: Watch,
  turn: Turn,
  why: string,
): Promise<Verdict | undefined> {
  watch.unableSince ??= turn.now();
  const started = watch.start.at + (watch.state?.startPeriod ?? 0);
  const left = Math.max(watch.unableSince + UNABLE, started) - turn.now();
  if (left <= 0) return uncheckable(why);
  await rest(watch, { ...turn, ms: Math.min(left, UNABLE) });
  return undefined;
}
