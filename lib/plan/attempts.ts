/**
 * Performs a step, again where its failure may pass, and keeps the facts that explain a failure.
 *
 * @module
 */

import type { Failure, Fault } from "../errors/failure.ts";
import { pause, within } from "../pause.ts";
import { type Context, OBEYS_WITHIN, type StepOptions } from "./context.ts";
import { pausesFor } from "./faults.ts";
import { hookIn } from "./hooks.ts";
import { performStep } from "./kinds.ts";
import type { Step } from "./plan.ts";

/** How many of the last lines of a step are kept to explain its failure. */
const KEPT_LINES = 2_000;

/** How many of them may tell of a fault of the machine: an earlier one has passed. */
const JUDGED_LINES = 100;

/** How the attempts of a step ended, and the facts that explain a failure. */
export interface Attempted {
  /** The exit code of the last attempt. */
  code: number;
  /** The exception that an attempt threw. */
  own: Failure | undefined;
  /** The machine's fault in the last attempt. */
  fault: Fault | undefined;
  /** The last lines of docker itself; container output cannot indicate a machine fault. */
  lines: string[];
  /** The last line of docker or of a container; "" without one. */
  last: string;
  /** The state of the service, in words that follow its name. */
  state: string | undefined;
  /** Whether this run has made the container of the one-shot. */
  isMade: boolean;
}

/** Performs a step until it succeeds, its failure is final, or the signal is aborted. */
export async function attempt(
  step: Step,
  signal: AbortSignal,
  options: StepOptions,
): Promise<Attempted> {
  const attempted: Attempted = {
    code: 1,
    own: undefined,
    fault: undefined,
    lines: [],
    last: "",
    state: undefined,
    isMade: false,
  };
  const { executor, sleep = pause } = options;
  const context = contextOf(step, { signal, attempted }, options);
  for (let number = 0;; number++) {
    // The fault of an earlier attempt has passed, or is found again.
    attempted.fault = undefined;
    await performOnce(context, attempted);
    const { code, own, lines } = attempted;
    if (code === 0 || own || signal.aborted) return attempted;
    // A gate's words are the container's, which cannot indicate a machine fault.
    const words = step.does.kind === "gate"
      ? []
      : hookIn(lines).docker.slice(-JUDGED_LINES);
    const fault = await executor.diagnose(words, signal);
    attempted.fault = fault;
    // A push has tried again itself.
    const pauses = fault && step.does.kind !== "push" ? pausesFor(fault) : [];
    const pause = pauses[number];
    if (signal.aborted || !fault || pause === undefined) return attempted;
    context.options.output(
      `trying again in ${pause / 1000} s: ${fault.detail}`,
    );
    // The next attempt is judged by its own words.
    lines.length = 0;
    await sleep(pause, signal);
  }
}

/** The context of a step, which emits each line and keeps the facts. */
function contextOf(
  step: Step,
  { signal, attempted }: { signal: AbortSignal; attempted: Attempted },
  run: StepOptions,
): Context {
  const { executor, emit } = run;
  const { lines } = attempted;
  const tell = (line: string, service?: string) => {
    attempted.last = line;
    if (service === undefined) lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    emit({
      kind: "output",
      step: step.name,
      line,
      ...(service !== undefined && { service }),
    });
  };
  return {
    step,
    executor,
    emit,
    options: { output: (line) => tell(line), signal },
    tell,
    became: (state) => attempted.state = state,
    made: () => attempted.isMade = true,
    run,
  };
}

/** Makes one attempt; an exception in it is noted. */
async function performOnce(
  context: Context,
  attempted: Attempted,
): Promise<void> {
  const { step, options: { signal }, run: { faults, sleep } } = context;
  try {
    const performed = performStep(context);
    const limits = { signal, grace: OBEYS_WITHIN, sleep };
    attempted.code = await within(performed, limits) ?? 1;
  } catch (error) {
    attempted.code = 1;
    attempted.own = faults.note(error, step.name);
  }
}
