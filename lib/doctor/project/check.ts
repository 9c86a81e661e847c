/**
 * What a check of the doctor is.
 *
 * @module
 */

import type { Project } from "./project.ts";
import type { Draft } from "./finding.ts";

/** What surrounds the project. */
export interface Surrounding {
  /** The folder of the reports of runs, absolute. */
  reports: string;
  /** Whether the engine is on another machine. */
  remote: boolean;
  /** Version of Compose. */
  compose: string;
  /** Whether the engine can limit memory. */
  limitsMemory: boolean;
  /** The environment, with what `.env` adds. */
  env: Readonly<Record<string, string>>;
}

/** Looks for one thing. */
export type Check = (
  project: Project,
  surrounding: Surrounding,
) => readonly Draft[];
