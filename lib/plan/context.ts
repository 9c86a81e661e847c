/**
 * The data that the runner hands to each step.
 *
 * @module
 */

import type { ChildOptions, Executor } from "./executor.ts";
import type { Does, Step } from "./plan.ts";
import type { Faults } from "../errors/own_fault.ts";
import type { Event } from "./events.ts";
import type { Again } from "../errors/diagnosis.ts";
import type { Sleep } from "../pause.ts";

/** The data that {@linkcode run} needs besides the plan. */
export interface RunOptions {
  executor: Executor;
  emit: (event: Event) => void;
  /** Stops the run, but not its clean-up; the reason is a {@linkcode Failure}. */
  stop: AbortSignal;
  /** Stops the clean-up, too. */
  giveUp: AbortSignal;
  target: string;
  /** Renders the command of a step as text that can be pasted. */
  shell: (step: Step) => string;
  /** The folder of reports and logs, relative to the caller's working directory. */
  reports: string;
  /** The commands that repeat the run. */
  again: Again;
  /** Exceptions that other parts of the run have caught: they fail the run, too. */
  faults?: Faults;
  /** Called with each base image that has moved while other steps used the earlier one. */
  onMoved?: (image: string) => void;
  /** Waits between two attempts of a step, and for calls of the executor that were stopped. */
  sleep?: Sleep | undefined;
}

export interface StepOptions extends Running {
  /** Whether this is the clean-up of a failed run. */
  failed: boolean;
  /** Services that were seen ready or running. */
  up: readonly Does<"gate">[];
  /** The commands that remove what a clean-up step has left, by step. */
  remains?: Map<string, readonly string[]>;
}

/** The data that a kind of step works with. */
export interface Context {
  step: Step;
  executor: Executor;
  options: ChildOptions;
  /** Emits a line of a container, as `options.output` emits a line of docker. */
  tell: (line: string, service: string) => void;
  /** Remembers the state of the container, in words that follow the name of its service. */
  became: (state: string) => void;
  /** Remembers that this run has made the container of the one-shot. */
  made: () => void;
  emit: (event: Event) => void;
  run: StepOptions;
}

/** The data that all steps of a run share. */
export interface Running extends RunOptions {
  faults: Faults;
  /** Services that were seen to have ended with exit code 0 where only their start matters. */
  ended: Set<string>;
}

/** How long (ms) a call of the executor may take after an abort: it ends its children within about a second. */
export const OBEYS_WITHIN = 2_500;
