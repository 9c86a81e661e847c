/**
 * The names of steps of services, for `test` and `release`, and which of them a service waits for.
 *
 * @module
 */

import { isOneShot } from "../lib/compose/graph.ts";
import type { Service } from "../lib/compose/service.ts";
import type { Workflow } from "../lib/compose/workflow.ts";

/** Names of services, or of steps. */
export function namesOf(named: readonly { name: string }[]): string[] {
  return named.map(({ name }) => name);
}

/** The step after which other services can use this one: it is ready or, as a one-shot, done. */
export function stepName({ name }: Service, workflow: Workflow): string {
  return isOneShot(name, workflow) ? `run ${name}` : `ready ${name}`;
}

/** The steps that must succeed before a service can start: those of its dependencies. */
export function needsOf(service: Service, workflow: Workflow): string[] {
  return service.dependsOn.flatMap(({ service }) => {
    const other = workflow.services.get(service);
    return other ? [stepName(other, workflow)] : [];
  });
}
