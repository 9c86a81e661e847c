/**
 * Runs one step: attempts, deadline, cancellation, and what its failure was.
 *
 * @module
 */

import { performStep } from "./kinds.ts";
import type { Step, StepKind } from "./plan.ts";
import { OBEYS_WITHIN, type StepOptions } from "./context.ts";
import { pause, within } from "../pause.ts";
import { mayPass } from "./faults.ts";
import { diagnosis, type Findings } from "./diagnosis.ts";
import type { Failure, Fault } from "../errors/failure.ts";

/** How often a step is tried whose failure may pass, and milliseconds between two attempts. */
const ATTEMPTS = 3;

const RETRY_AFTER = 1_000;

/** How many of the last lines of a step are kept, to tell why it failed. */
const KEPT_LINES = 100;

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
  const { executor, emit, target, shell, faults } = options;
  const deadline = AbortSignal.timeout(step.deadline);
  const signal = AbortSignal.any([stop, deadline]);
  const started = performance.now();
  // Of docker, not of containers, whose words say nothing about the machine.
  const lines: string[] = [];
  let last = "";
  const tell = (line: string, service?: string) => {
    last = line;
    if (service === undefined) lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    emit({
      kind: "output",
      step: step.name,
      line,
      ...(service !== undefined && { service }),
    });
  };
  const output = (line: string) => tell(line);
  emit({ kind: "step-start", step: step.name, why: step.why });
  let code = 1;
  let fault: Fault | undefined;
  let own: Failure | undefined;
  let state: string | undefined;
  let isMade = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    // That of an earlier attempt has passed, or is found again.
    fault = undefined;
    try {
      const performed = performStep({
        step,
        executor,
        emit,
        options: { output, signal },
        tell,
        became: (words) => state = words,
        made: () => isMade = true,
        run: options,
      });
      code = await within(performed, { signal, grace: OBEYS_WITHIN }) ?? 1;
    } catch (error) {
      code = 1;
      own = faults.note(error, step.name);
    }
    if (code === 0 || own || signal.aborted) break;
    // A gate's words are the container's, which say nothing about the machine.
    const words = step.does.kind === "gate" ? [] : lines;
    fault = await executor.diagnose(words, signal);
    if (signal.aborted || !fault || !mayPass(fault) || attempt === ATTEMPTS) {
      break;
    }
    lines.length = 0;
    output(`trying again: ${fault.detail}`);
    await pause(RETRY_AFTER, signal);
  }
  const result = code === 0 ? "ok" : stop.aborted ? "stopped" : "failed";
  const ms = Math.round(performance.now() - started);
  emit({ kind: "step-end", step: step.name, result, ms });
  if (code === 0) return undefined;
  if (own) return own;
  const common = { step: step.name, shell: shell(step), target };
  const { why } = step;
  if (fault) return { ...fault, ...common };
  if (stop.aborted) return { kind: "step-failed", ...common, why, code };
  const { does } = step;
  const container = "service" in does
    ? await executor.postMortem(does.container, stop)
    : undefined;
  // The name alone is no proof: where the command has failed, another one's container may have it.
  if (does.kind === "oneshot" && does.remove === "always" && isMade) {
    await executor.remove(does.container, AbortSignal.timeout(step.deadline));
  }
  const gone = await goneOf(options, { does, signal: stop });
  const found = diagnosis({
    does,
    lines,
    ...(gone && { gone }),
    ...(state !== undefined && { state }),
    ...(container && { container }),
    blocked: options.blockedBy(step.name),
    reports: options.reports,
    again: options.again,
  });
  return deadline.aborted
    ? {
      kind: "deadline",
      ...common,
      why,
      seconds: step.deadline / 1000,
      ...(last && { detail: last }),
      diagnosis: found,
    }
    : { kind: "step-failed", ...common, why, code, diagnosis: found };
}

/** A service that was up and has ended by itself: what a test says of an application that is gone explains little. */
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
