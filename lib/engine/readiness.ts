/**
 * Waits until a container is ready: not for the engine's next interval, but until its own health check succeeds.
 *
 * @module
 */

import { pause } from "../pause.ts";
import type { Verdict } from "../plan/executor.ts";
import type { Needs } from "../plan/plan.ts";
import {
  type ContainerState,
  hasEnded,
  type Look,
  type ProbeResult,
} from "./container_state.ts";

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

/** A start of a container, and when (ms) it was seen first; a restart begins a new one. */
export interface Seen {
  startedAt: string;
  at: number;
}

/** Options of {@linkcode awaitReady}. */
export interface ReadyOptions {
  /** Ends the wait. */
  signal: AbortSignal;
  needs: Needs;
  /** The start that an earlier wait has seen. */
  seen?: Seen;
  /** Pauses for some milliseconds. */
  sleep?: (ms: number) => Promise<void>;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

/**
 * The pause (ms) after a failed check; a slow check makes it longer, so that the container has most of the time for
 * itself.
 */
const PAUSE = 100;
/** The pause (ms) between two looks at the engine's verdict. */
const LOOK = 500;

/**
 * How long (ms) the engine must call a container healthy if no exposed port listens, such as a worker with the image of
 * the server. Long enough for the temporary server of a database, which may be probed while it initializes.
 */
const HEALTHY_WITHOUT_PORT = 10_000;

/** How often docker may fail in a row, and the time (ms) between two attempts. */
const FAILS_MOST = 3;
const AGAIN_AFTER = 500;

/** After how long (ms) a silent engine is named as the reason. */
const SILENT = 5_000;

/**
 * How long (ms) a container without a health check must have run to be steady: a program that lacks something ends
 * sooner.
 */
const STEADY = 1_000;

/** The facts that a wait has gathered; times in ms. */
interface Watch {
  start: Seen;
  /** When the engine answered last. */
  heard: number;
  /** How often docker has failed since. */
  failed: number;
  /** Since when the engine has called it healthy; Infinity where it does not. */
  healthySince: number;
  /** The last check of ours that failed although a port listened. */
  last: ProbeResult | undefined;
  /** The last probe of the engine. */
  engines: ProbeResult | undefined;
  /** The check under way: one at a time; meanwhile the engine may come to its verdict. */
  checking: { since: number; result: ReturnType<Probe["check"]> } | undefined;
}

/** The input of one turn of the wait. */
interface Turn extends Required<Pick<ReadyOptions, "needs" | "sleep" | "now">> {
  probe: Probe;
  /** Ends the questions. */
  signal: AbortSignal;
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
  const turn = { probe, needs, sleep, now, signal };
  const watch: Watch = {
    start: seen,
    heard: now(),
    failed: 0,
    healthySince: Infinity,
    last: undefined,
    engines: undefined,
    checking: undefined,
  };
  try {
    while (!options.signal.aborted) {
      const verdict = await lookOnce(watch, turn);
      if (verdict) return verdict;
    }
    return notInTime(watch, now());
  } finally {
    over.abort();
  }
}

/** Looks at the container, then checks or pauses; undefined where there is no verdict yet. */
async function lookOnce(
  watch: Watch,
  turn: Turn,
): Promise<Verdict | undefined> {
  const { probe, needs, sleep, now, signal } = turn;
  const look = await probe.inspect(signal);
  if (look.kind !== "known") {
    const verdict = verdictWithoutState(watch, look);
    if (!verdict) await sleep(AGAIN_AFTER);
    return verdict;
  }
  const { state } = look;
  note(watch, state, now());
  const verdict = verdictOf(state, watch.last, needs);
  const isYoung = needs === "steady" && now() - watch.start.at < STEADY;
  if (verdict?.ready && state.health === undefined && isYoung) {
    await sleep(PAUSE);
    return undefined;
  }
  if (verdict) return verdict;
  if (now() - watch.healthySince >= HEALTHY_WITHOUT_PORT) {
    return { ready: true };
  }
  if (state.status === "running") return await check(watch, state, turn);
  await sleep(PAUSE);
  return undefined;
}

/** Remembers what the engine says. */
function note(watch: Watch, state: ContainerState, now: number): void {
  const { startedAt, health, lastProbe } = state;
  watch.heard = now;
  watch.failed = 0;
  watch.engines = lastProbe ?? watch.engines;
  watch.healthySince = health === "healthy"
    ? Math.min(watch.healthySince, now)
    : Infinity;
  if (watch.start.startedAt !== startedAt) {
    Object.assign(watch.start, { startedAt, at: now });
  }
}

/** The verdict on a container whose state the engine has not reported. */
function verdictWithoutState(
  watch: Watch,
  look: Exclude<Look, { kind: "known" }>,
): Verdict | undefined {
  if (look.kind === "gone") {
    return { ready: false, reason: "is gone: something has removed it" };
  }
  if (look.kind === "foreign") {
    const reason = "was not made by this run, and is left alone";
    return { ready: false, reason };
  }
  if (look.kind === "failed" && ++watch.failed === FAILS_MOST) {
    return { ready: false, reason: `cannot be inspected: ${look.detail}` };
  }
  return undefined;
}

/** Runs the container's own check, or goes on waiting for it, for at most {@linkcode LOOK} ms. */
async function check(
  watch: Watch,
  { health }: ContainerState,
  { probe, sleep, now, signal }: Turn,
): Promise<Verdict | undefined> {
  watch.checking ??= { since: now(), result: probe.check(signal) };
  const { since, result } = watch.checking;
  result.catch(() => {});
  const done = await Promise.race([
    result.then((result) => ({ result })),
    sleep(LOOK),
  ]);
  if (!done) return undefined;
  const took = now() - since;
  watch.checking = undefined;
  const succeeded = done.result?.listens && done.result.exitCode === 0;
  if (done.result ? succeeded : health === "healthy") return { ready: true };
  if (done.result?.listens) watch.last = done.result;
  // The check itself has waited if no port listened.
  await sleep(done.result ? Math.max(PAUSE, watch.last ? took / 2 : 0) : PAUSE);
  return undefined;
}

/** The verdict at the end of the wait. */
function notInTime({ heard, last, engines }: Watch, now: number): Verdict {
  const silence = now - heard;
  const seconds = Math.round(silence / 1000);
  const reason = silence >= SILENT
    ? `is not known to be ready: the engine has not answered for ${seconds} s`
    : `is not ready yet${probeText(last ?? engines)}`;
  return { ready: false, reason };
}

/**
 * The verdict without a probe: the container has ended, the engine has given up, or there is nothing to check. While a
 * container restarts, the engine calls it unhealthy, too; its count begins anew when it runs.
 */
function verdictOf(
  { status, exitCode, health, lastProbe }: ContainerState,
  last: ProbeResult | undefined,
  needs: Needs,
): Verdict | undefined {
  if (hasEnded(status)) {
    return { ready: false, reason: `exited with code ${exitCode}` };
  }
  if (status !== "running") return undefined;
  if (needs === "started") return { ready: true };
  if (health === "unhealthy") {
    const reason = `is unhealthy${probeText(last ?? lastProbe)}`;
    return { ready: false, reason };
  }
  if (health !== undefined) return undefined;
  return needs === "healthy"
    ? { ready: false, reason: "must be healthy, but has no health check" }
    : { ready: true };
}

/** How many of the last lines of a probe are shown: a traceback is longer than a screen, and its end has the reason. */
const TOLD = 3;

function probeText(probe: ProbeResult | undefined): string {
  if (!probe) return "";
  const output = probe.output.trim().split("\n").slice(-TOLD).join("\n").trim();
  return `; its last probe ended with ${probe.exitCode}` +
    (output ? `: ${output}` : "");
}
