/**
 * What the runner hands to each step.
 *
 * @module
 */

import type { ChildOptions, Executor } from "./executor.ts";
import type { Does, Step } from "./plan.ts";
import type { Faults } from "../errors/own_fault.ts";
import type { Event } from "./events.ts";
import type { Again } from "../errors/failure.ts";

/** Everything around a plan that {@linkcode run} needs. */
export interface RunOptions {
  executor: Executor;
  emit: (event: Event) => void;
  /** Aborted, with a {@linkcode Failure} as reason, to stop the run: its clean-up still happens. */
  stop: AbortSignal;
  /** Aborted to give up clean-up, too. */
  giveUp: AbortSignal;
  target: string;
  /** A step's command as text for a person to paste. */
  shell: (step: Step) => string;
  /** The folder of reports and logs, relative to where the caller stands. */
  reports: string;
  /** What a person would type to do it again. */
  again: Again;
  /** Exceptions that were caught elsewhere while it runs: they are failures of the run, too. */
  faults?: Faults;
}

export interface StepOptions extends Running {
  /** Whether the run has failed already, and this is clean-up. */
  failed: boolean;
  /** The services that do not start when the named step fails. */
  blockedBy: (step: string) => string[];
  /** Services that were ready, or seen to run. */
  up: readonly Does<"gate">[];
  /** By step of clean-up: the commands that remove what it has left. */
  remains?: Map<string, readonly string[]>;
}

/** What a step's kind works with. */
export interface Context {
  step: Step;
  executor: Executor;
  options: ChildOptions;
  /** Tells a line of a container, as `options.output` does one of docker. */
  tell: (line: string, service: string) => void;
  /** Remembers what became of the container, in words that follow its service's name. */
  became: (state: string) => void;
  /** Remembers that the container of a one-shot is this run's. */
  made: () => void;
  emit: (event: Event) => void;
  run: StepOptions;
}

/** What the steps of a run share. */
export interface Running extends RunOptions {
  faults: Faults;
}

/** How long (ms) a call of the executor may take when its signal is aborted: it ends its children within a second or so. */
export const OBEYS_WITHIN = 2_500;
