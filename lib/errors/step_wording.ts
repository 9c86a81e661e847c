/**
 * The wording of the failures of steps, of clean-up and of todoflow itself.
 *
 * @module
 */

import { toShell } from "../text/shell.ts";
import type { Explanation, Wording } from "./explanation.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Failure } from "./failure.ts";

/** Where faults of todoflow are reported. */
const ISSUES = "https://github.com/todoflow/todoflow/issues";

/** The table. */
export const STEP_WORDING: Wording<
  "step-failed" | "deadline" | "clean-up-failed" | "own-fault" | "signal"
> = {
  "step-failed": (failure) => {
    const { step, code, target, diagnosis } = failure;
    const [subject = ` (exit code ${code})`, probe] = subjectOf(diagnosis);
    return {
      headline: `${target} failed at step "${step}"${subject}`,
      ...diagnosed([diagnosis?.meaning, probe], diagnosis),
      next: nextOf(failure),
    };
  },
  "deadline": (failure) => {
    const { step, seconds, key, target, detail, diagnosis } = failure;
    // Do not repeat a line that is shown anyway.
    const isShown = detail !== undefined &&
        diagnosis?.evidence?.lines.includes(detail) ||
      detail !== undefined &&
        diagnosis?.meaning?.split("\n").includes(detail);
    return {
      headline:
        `${target} failed at step "${step}": not done within ${seconds} s` +
        (key === undefined ? "" : ` (x-todoflow.deadlines.${key})`),
      ...diagnosed(
        [diagnosis?.meaning, isShown ? undefined : detail],
        diagnosis,
      ),
      next: nextOf(failure),
    };
  },
  "clean-up-failed": ({ shell }) => ({
    headline: "Cannot clean up: something is left behind",
    next: shell.join("\n      "),
  }),
  "own-fault": ({ step, message, frames, reports }) => ({
    headline: "Failed" +
      (step === undefined ? "" : ` at step "${step}"`) +
      ": this is a fault of todoflow",
    why: message,
    ...(frames.length > 0 &&
      { evidence: [{ title: "where it happened", lines: frames }] }),
    next: `report it${
      reports === undefined ? "" : ` with ${reports}/events.jsonl`
    }: ${ISSUES}`,
  }),
  "signal": ({ signal }) => ({ headline: `Stopped by ${signal}` }),
};

/** The service and its state, for the headline; then all else that is known of it, such as its last probe. */
function subjectOf(
  { service, state }: Partial<Diagnosis> = {},
): [string?, string?] {
  if (!service || !state) return [];
  const [became, ...more] = state.split("; ");
  return [`: "${service}" ${became}`, more.join("; ")];
}

/** The command to type next: with a known cause the run itself, else one that shows more. */
function nextOf(
  { shell, diagnosis = {} }: Extract<
    Failure,
    { kind: "step-failed" | "deadline" }
  >,
): string {
  const { container, runs, again, next, meaning, place, isEnd } = diagnosis;
  if (next !== undefined) return next;
  const isKnown = place !== undefined || meaning !== undefined;
  if (!again) return shell;
  // A step by itself, such as a build, is repeated sooner than the run.
  if (container === undefined) return `${shell}${isKnown ? FIXED : ""}`;
  const { command, keeping, clean } = again;
  if (clean !== undefined) {
    const look = runs
      ? `docker exec -it ${container} sh`
      : `docker logs ${container}`;
    return `${look}   # kept until: ${clean}`;
  }
  const log = diagnosis.evidence?.logs;
  if (log === undefined || isKnown && !isEnd) return `${command}${FIXED}`;
  return `${toShell(["less", log])}` +
    (keeping === undefined ? "" : "   # --keep keeps its container");
}

/** Stands behind a command that repeats what has failed for a known cause. */
export const FIXED = "   # again, once that is fixed";

/** The engine's words without IDs of containers and requests, which only a program needs. */
export function brief(detail: string): string {
  return detail.replace(/ \([0-9a-f]{64}\)/g, "")
    .replace(/: (Get|Post|Head|Delete) "[^"]*": dial .*/g, "");
}

/** The causes, and the lines that show them. */
function diagnosed(
  causes: readonly (string | undefined)[],
  diagnosis: Diagnosis | undefined,
): Pick<Explanation, "why" | "evidence"> {
  const { evidence } = diagnosis ?? {};
  const reasons = causes.filter(Boolean);
  return {
    ...(reasons.length > 0 && { why: reasons.join("\n") }),
    ...(evidence && { evidence: [evidence] }),
  };
}
