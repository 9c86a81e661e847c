/**
 * What the command line asks for.
 *
 * @module
 */

import type { Given, Target } from "../target.ts";

/** What the command line asks for. */
export type Request =
  | { kind: "help"; target?: Target }
  | { kind: "tool-version" }
  | RunRequest;

/** A request to run a target. */
export interface RunRequest extends Given {
  kind: "run";
  target: Target;
  /** Whether no target was given, so that this is the default one. */
  bare: boolean;
  dryRun: boolean;
}
