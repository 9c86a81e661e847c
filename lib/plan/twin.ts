/**
 * The twins of a project: the Compose projects in which `test` and `release` make containers, so that they meet neither
 * each other nor a developer's own `docker compose up`.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";

/** The targets that have a twin. */
export type TwinTarget = "test" | "release";

/** The most characters of a project's name. */
const LONGEST = 200;

/**
 * The name of a twin. Its suffix is reserved: nothing but todoflow makes something in such a project.
 *
 * @throws {TodoflowError} when the name is too long
 */
export function twinOf(base: string, target: TwinTarget): string {
  const name = `${base}--${target}`;
  if (name.length <= LONGEST) return name;
  throw new TodoflowError({ kind: "long-project", name, most: LONGEST });
}

/**
 * Checks the name of a project that is no twin: with the reserved suffix, a developer's containers would count as a run's.
 *
 * @throws {TodoflowError} when it has that suffix
 */
export function checkBase(base: string): void {
  if (isTwin(base)) {
    throw new TodoflowError({ kind: "reserved-project", name: base });
  }
}

/** Whether the name of a project has the reserved suffix. */
export function isTwin(project: string): boolean {
  return /.--(test|release)$/.test(project);
}

/** The twins of a project. */
export function twinsOf(base: string): string[] {
  return [`${base}--release`, `${base}--test`];
}

/** The project whose twin a project is; a project that is no twin itself. */
export function baseOf(project: string): string {
  return isTwin(project) ? project.replace(/--(test|release)$/, "") : project;
}
