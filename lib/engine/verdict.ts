/**
 * Judges a container by the engine's description of it, without a probe.
 *
 * @module
 */

import { isNoise } from "../evidence/noise.ts";
import { topLines } from "../causes/ending.ts";
import { whyUncheckable } from "../causes/programs.ts";
import {
  type ContainerState,
  hasEnded,
  type Look,
  type ProbeResult,
} from "./container_state.ts";
import type { Needs } from "../plan/plan.ts";
import { UNCHECKABLE, type Verdict } from "../plan/executor.ts";

/**
 * The verdict without a probe: the container has ended, the engine has given up, or there is nothing to check. While a
 * container restarts, the engine calls it unhealthy, too; its count begins anew when it runs.
 */
export function verdictOf(
  { status, exitCode, health, lastProbe }: ContainerState,
  last: ProbeResult | undefined,
  { needs, mayEnd = false, staysUp = false }: {
    needs: Needs;
    mayEnd?: boolean;
    staysUp?: boolean;
  },
): Verdict | undefined {
  if (hasEnded(status)) {
    if (mayEnd && exitCode === 0) return { ready: true, ended: true };
    return { ready: false, reason: `exited with code ${exitCode}` };
  }
  if (staysUp && status === "restarting" && exitCode === 0) {
    const reason =
      "has ended with exit code 0, and only its restart policy starts it again";
    return { ready: false, reason };
  }
  if (status !== "running") return undefined;
  if (needs === "started") return { ready: true };
  if (health === "unhealthy") {
    const probe = last ?? lastProbe;
    const unable = probe && whyUncheckable(probe);
    if (unable !== undefined) return uncheckable(unable);
    return { ready: false, reason: `is unhealthy${probeText(probe)}` };
  }
  if (health !== undefined) return undefined;
  return needs === "healthy"
    ? { ready: false, reason: "must be healthy, but has no health check" }
    : { ready: true };
}

/** The verdict on a health check that cannot run, and why. */
export function uncheckable(why: string): Verdict {
  const reason =
    `${UNCHECKABLE}; ${why}; install it, or check with a program that the image has`;
  return { ready: false, reason };
}

/** How often docker may fail in a row. */
const FAILS_MOST = 3;

/**
 * The verdict on a container whose state the engine has not reported.
 *
 * @param failed how often docker has failed in a row
 */
export function verdictWithoutState(
  look: Exclude<Look, { kind: "known" }>,
  failed: number,
): Verdict | undefined {
  if (look.kind === "gone") {
    return { ready: false, reason: "is gone: something has removed it" };
  }
  if (look.kind === "foreign") {
    const reason = "was not made by this run, and is left alone";
    return { ready: false, reason };
  }
  if (look.kind === "failed" && failed === FAILS_MOST) {
    return { ready: false, reason: `cannot be inspected: ${look.detail}` };
  }
  return undefined;
}

/** After how long (ms) a silent engine is named as the reason. */
const SILENT = 5_000;

/**
 * The verdict at the end of the wait, in which a probe of ours or the engine's may have failed.
 *
 * @param silence how long (ms) the engine has not answered
 */
export function notInTime(
  { last, engines }: Record<"last" | "engines", ProbeResult | undefined>,
  silence: number,
): Verdict {
  const seconds = Math.round(silence / 1000);
  const reason = silence >= SILENT
    ? `is not known to be ready: the engine has not answered for ${seconds} s`
    : `is not ready yet${probeText(last ?? engines)}`;
  return { ready: false, reason };
}

/** How many of the last lines of a probe are shown: a trace is longer than a screen, and its end has the reason. */
const TOLD = 3;

function probeText(probe: ProbeResult | undefined): string {
  if (!probe) return "";
  const told = probe.output.trim().split("\n");
  const said = topLines(told).filter((line) => !isNoise(line));
  const lines = said.length > 0 ? said : topLines(told);
  const output = lines.slice(-TOLD).join("\n").trim();
  return `; its last probe ended with ${probe.exitCode}` +
    (output ? `: ${output}` : "");
}
