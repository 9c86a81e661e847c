/**
 * Runs one step to its end, and explains its failure.
 *
 * @module
 */

import type { Diagnosis, Failure } from "../errors/failure.ts";
import { attempt, type Attempted } from "./attempts.ts";
import type { StepOptions } from "./context.ts";
import { diagnosis, type Findings } from "./diagnosis.ts";
import type { Step, StepKind } from "./plan.ts";

/** Runs a step; an exception in it is its failure. */
export async function runStep(
  step: Step,
  stop: AbortSignal,
  options: StepOptions,
): Promise<Failure | undefined> {
  try {
    return await tryStep(step, stop, options);
  } catch (error) {
    return options.faults.note(error, step.name);
  }
}

async function tryStep(
  step: Step,
  stop: AbortSignal,
  options: StepOptions,
): Promise<Failure | undefined> {
  const { emit } = options;
  const deadline = AbortSignal.timeout(step.deadline);
  const started = performance.now();
  emit({ kind: "step-start", step: step.name, why: step.why });
  const signal = AbortSignal.any([stop, deadline]);
  const attempted = await attempt(step, signal, options);
  const { code } = attempted;
  const result = code === 0 ? "ok" : stop.aborted ? "stopped" : "failed";
  const ms = Math.round(performance.now() - started);
  emit({ kind: "step-end", step: step.name, result, ms });
  return code === 0
    ? undefined
    : await failureOf(step, { attempted, stop, deadline }, options);
}

/** How a step ended that failed. */
interface Ended {
  attempted: Attempted;
  stop: AbortSignal;
  deadline: AbortSignal;
}

/** The failure of a step, with its diagnosis unless the machine or a signal is the cause. */
async function failureOf(
  step: Step,
  { attempted, stop, deadline }: Ended,
  options: StepOptions,
): Promise<Failure> {
  const { code, own, fault, last } = attempted;
  const { target, shell } = options;
  if (own) return own;
  const common = { step: step.name, shell: shell(step), target };
  if (fault) {
    // The run takes the name away that docker push needs.
    const { shell: _, ...rest } = common;
    return { ...fault, ...(step.does.kind === "push" ? rest : common) };
  }
  if (stop.aborted) return { kind: "step-failed", ...common, code };
  const found = await diagnose(step, { attempted, stop }, options);
  return deadline.aborted
    ? {
      kind: "deadline",
      ...common,
      seconds: step.deadline / 1000,
      ...(last && { detail: last }),
      diagnosis: found,
    }
    : { kind: "step-failed", ...common, code, diagnosis: found };
}

/** Looks at the containers of a failed step, and removes that of a one-shot. */
async function diagnose(
  { does, deadline }: Step,
  { attempted, stop }: Pick<Ended, "attempted" | "stop">,
  options: StepOptions,
): Promise<Diagnosis> {
  const { executor, reports, again } = options;
  const { lines, state, isMade } = attempted;
  const container = "service" in does
    ? await executor.postMortem(does.container, stop)
    : undefined;
  // The name alone is no proof: after a failed command, another run's container may have it.
  if (does.kind === "oneshot" && does.remove === "always" && isMade) {
    await executor.remove(does.container, AbortSignal.timeout(deadline));
  }
  const gone = await goneOf(options, { does, signal: stop });
  return diagnosis({
    does,
    lines,
    ...(gone && { gone }),
    ...(state !== undefined && { state }),
    ...(container && { container }),
    reports,
    again,
  });
}

/** A service that was up and has ended by itself: it explains more than a test that could not reach it. */
async function goneOf(
  { executor, up }: StepOptions,
  { does, signal }: { does: StepKind; signal: AbortSignal },
): Promise<Findings["gone"]> {
  if (does.kind !== "oneshot") return undefined;
  const looks = await Promise.all(up.map(async ({ service, container }) => ({
    service,
    container: await executor.postMortem(container, signal),
  })));
  for (const { service, container } of looks) {
    if (container && !container.runs) return { service, container };
  }
  return undefined;
}
