/**
 * When a container is ready: not at the engine's next interval, but as soon as its own health check succeeds.
 *
 * @module
 */

import { pause } from "../pause.ts";
import type { Verdict } from "../plan/executor.ts";
import type { Needs } from "../plan/plan.ts";

/** What the engine says of a container. */
export interface ContainerState {
  /** The engine's word, such as "running", "restarting" or "exited". */
  status: string;
  exitCode: number;
  /** When it was started last, in the engine's words; of each start another. */
  startedAt: string;
  /** The engine's verdict; undefined where the container has no health check. */
  health: "starting" | "healthy" | "unhealthy" | undefined;
  /** The engine's last probe, if there was one. */
  lastProbe: ProbeResult | undefined;
}

/** One run of a health check. */
export interface ProbeResult {
  exitCode: number;
  output: string;
}

/** What is asked of one container. */
export interface Probe {
  /** Asks the engine once; the signal ends the question. */
  inspect(signal: AbortSignal): Promise<Look>;
  /**
   * Waits a few seconds until an exposed port listens, then runs the container's own health check; undefined when that
   * cannot be told.
   */
  check(
    signal: AbortSignal,
  ): Promise<ProbeResult & { listens: boolean } | undefined>;
}

/** What a look at a container shows. An engine that does not answer, or a docker that fails, says nothing of it. */
export type Look =
  | { kind: "known"; state: ContainerState }
  | { kind: "gone" }
  /** Another one has its name. */
  | { kind: "foreign" }
  | { kind: "silent" }
  | { kind: "failed"; detail: string };

/** A start of a container, and when (ms) it was seen first; another start makes it anew. */
export interface Seen {
  startedAt: string;
  at: number;
}

/** Options of {@linkcode awaitReady}. */
export interface ReadyOptions {
  /** Ends the wait. */
  signal: AbortSignal;
  needs: Needs;
  /** When the container was seen to run first, as an earlier wait has left it. */
  seen?: Seen;
  /** Waits; milliseconds. */
  sleep?: (ms: number) => Promise<void>;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

/** Pause after a check that failed, ms; a slow one makes it longer, so that most of the time is the container's own. */
const PAUSE = 100;
/** Pause between two looks at the engine's verdict, ms. */
const LOOK = 500;

/**
 * How long (ms) the engine must call a container healthy in which no exposed port listens: such as a worker whose image
 * is the server's. Long enough for the temporary server of a database, which may be probed while it initializes.
 */
const HEALTHY_WITHOUT_PORT = 10_000;

/** How often docker may fail in a row, and milliseconds between two attempts. */
const FAILS_MOST = 3;
const AGAIN_AFTER = 500;

/** How long (ms) an engine that is asked must be silent until that is told as the reason. */
const SILENT = 5_000;

/** How long (ms) a container without a health check must have run to be steady: a program that lacks something ends sooner. */
const STEADY = 1_000;

/**
 * Waits until the container is ready.
 *
 * Databases start twice: while an image initializes, a temporary server answers on its socket. So a success counts only
 * when an exposed TCP port listened before the check began. Where that cannot be told, the engine's own verdict is
 * awaited.
 */
export async function awaitReady(
  probe: Probe,
  options: ReadyOptions,
): Promise<Verdict> {
  const { signal, sleep = pause, now = () => performance.now() } = options;
  const over = new AbortController();
  const checkSignal = AbortSignal.any([signal, over.signal]);
  let last: ProbeResult | undefined;
  let engines: ProbeResult | undefined;
  let healthySince = Infinity;
  const { seen = { startedAt: "", at: 0 } } = options;
  let checking:
    | { since: number; result: ReturnType<Probe["check"]> }
    | undefined;
  let heard = now();
  let failed = 0;
  try {
    while (!signal.aborted) {
      const look = await probe.inspect(checkSignal);
      if (look.kind === "gone") {
        return { ready: false, reason: "is gone: something has removed it" };
      }
      if (look.kind === "foreign") {
        const reason = "was not made by this run, and is left alone";
        return { ready: false, reason };
      }
      if (look.kind === "failed" && ++failed === FAILS_MOST) {
        return { ready: false, reason: `cannot be asked: ${look.detail}` };
      }
      if (look.kind !== "known") {
        await sleep(AGAIN_AFTER);
        continue;
      }
      heard = now();
      failed = 0;
      const { state } = look;
      engines = state.lastProbe ?? engines;
      const verdict = verdictOf(state, last, options);
      const { startedAt } = state;
      if (seen.startedAt !== startedAt) {
        Object.assign(seen, { startedAt, at: now() });
      }
      const isYoung = options.needs === "steady" && now() - seen.at < STEADY;
      if (verdict?.ready && state.health === undefined && isYoung) {
        await sleep(PAUSE);
        continue;
      }
      if (verdict) return verdict;
      const healthy = state.health === "healthy";
      healthySince = healthy ? Math.min(healthySince, now()) : Infinity;
      if (now() - healthySince >= HEALTHY_WITHOUT_PORT) return { ready: true };
      if (state.status !== "running") {
        await sleep(PAUSE);
        continue;
      }
      // One check at a time; meanwhile the engine may come to its verdict.
      checking ??= { since: now(), result: probe.check(checkSignal) };
      checking.result.catch(() => {});
      const done = await Promise.race([
        checking.result.then((result) => ({ result })),
        sleep(LOOK),
      ]);
      if (!done) continue;
      const took = now() - checking.since;
      checking = undefined;
      const succeeded = done.result?.listens && done.result.exitCode === 0;
      if (done.result ? succeeded : healthy) return { ready: true };
      if (done.result?.listens) last = done.result;
      // Where no port listened the check itself has waited.
      await sleep(done.result ? Math.max(PAUSE, last ? took / 2 : 0) : PAUSE);
    }
    const silence = now() - heard;
    if (silence >= SILENT) {
      const seconds = Math.round(silence / 1000);
      return {
        ready: false,
        reason:
          `is not known to be ready: the engine has not answered for ${seconds} s`,
      };
    }
    return {
      ready: false,
      reason: `is not ready yet${probeText(last ?? engines)}`,
    };
  } finally {
    over.abort();
  }
}

/**
 * The verdict that needs no probe: it ended, the engine gave up, or there is nothing to check. While a container restarts
 * the engine calls it unhealthy, too, and starts to count anew when it runs.
 */
function verdictOf(
  { status, exitCode, health, lastProbe }: ContainerState,
  last: ProbeResult | undefined,
  { needs }: ReadyOptions,
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

/** Whether a container in this status will not answer any more; one that restarts may. */
export function hasEnded(status: string): boolean {
  return ["exited", "dead"].includes(status);
}

/** Lines of a probe's output that are told: a traceback is longer than a screen, and its end says why. */
const TOLD = 3;

function probeText(probe: ProbeResult | undefined): string {
  if (!probe) return "";
  const output = probe.output.trim().split("\n").slice(-TOLD).join("\n").trim();
  return `; its last probe ended with ${probe.exitCode}` +
    (output ? `: ${output}` : "");
}
