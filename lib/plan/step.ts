/**
 * Runs one step to its end, and explains its failure.
 *
 * @module
 */

import type { Diagnosis } from "../errors/diagnosis.ts";
import type { Failure } from "../errors/failure.ts";
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
      ...(KEYS[step.does.kind] && { key: KEYS[step.does.kind] }),
      ...(last && { detail: last }),
      diagnosis: found,
    }
    : { kind: "step-failed", ...common, code, diagnosis: found };
}

/** The keys of the deadlines, by the kinds of steps that have one of their own. */
const KEYS: Partial<Record<StepKind["kind"], string>> = {
  build: "build",
  gate: "ready",
  url: "ready",
  oneshot: "step",
  start: "step",
};

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
  const others = await othersOf(options, { does, signal: stop });
  return diagnosis({
    does,
    lines,
    ...others,
    ...(state !== undefined && { state }),
    ...(container && { container }),
    reports,
    again,
  });
}

/** The services that were up while a one-shot failed: they may explain more than a test that uses them. */
async function othersOf(
  { executor, up }: StepOptions,
  { does, signal }: { does: StepKind; signal: AbortSignal },
): Promise<Pick<Findings, "gone" | "apps">> {
  if (does.kind !== "oneshot") return {};
  const looks = await Promise.all(up.map(async (gate) => ({
    gate,
    container: await executor.postMortem(gate.container, signal),
  })));
  const all = looks.flatMap(({ gate, container }) =>
    container ? [{ ...gate, container }] : []
  );
  const gone = all.find(({ container }) => !container.runs);
  const apps = all.filter(({ staysUp }) => staysUp);
  return { ...(gone && { gone }), apps };
}
