/**
 * What is looked for in a project: a table of small functions, each of which says what it finds.
 *
 * @module
 */

import { argumentChecks } from "./arguments.ts";
import { buildChecks } from "./builds.ts";
import type { Draft } from "./finding.ts";
import { gateChecks } from "./gates.ts";
import { portChecks } from "./ports.ts";
import type { Project } from "./project.ts";
import { serviceChecks } from "./services.ts";
import { twiceChecks } from "./twice.ts";

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

/** All checks, in the order in which a reader would fix what they find. */
export const CHECKS: readonly Check[] = [
  ...serviceChecks,
  ...gateChecks,
  ...twiceChecks,
  ...portChecks,
  ...buildChecks,
  ...argumentChecks,
];
