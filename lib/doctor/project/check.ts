/**
 * The form of the doctor's checks.
 *
 * @module
 */

import type { Project } from "./project.ts";
import type { Draft } from "./finding.ts";

/** The surroundings of the project. */
export interface Surrounding {
  /** The folder of the reports of runs, absolute. */
  reports: string;
  /** Whether the engine is on another machine. */
  remote: boolean;
  /** Version of Compose. */
  compose: string;
  /** Whether the engine can limit memory. */
  limitsMemory: boolean;
  /** The environment, with the variables that `.env` adds. */
  env: Readonly<Record<string, string>>;
}

/** Looks for one kind of fault. */
export type Check = (
  project: Project,
  surrounding: Surrounding,
) => readonly Draft[];
