/**
 * The request of a command line: help, the tool's version, or a target.
 *
 * @module
 */

import type { Typing } from "../errors/typing.ts";
import type { Given, Target } from "../target.ts";

/** The request of a command line. */
export type Request =
  | { kind: "help"; target?: Target }
  | { kind: "tool-version" }
  | RunRequest;

/** A request to run a target. */
export interface RunRequest extends Given {
  kind: "run";
  target: Target;
  /** Whether the command line names no target, so that this is the default one. */
  bare: boolean;
  dryRun: boolean;
  /** Writes command lines for the same place. */
  typing: Typing;
}
