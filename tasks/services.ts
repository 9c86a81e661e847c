/**
 * What `test` and `release` share about services: which ones a service needs, and what they are to each other.
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

/** Name of the step after which a service is there for others: it is ready, or done. */
export function stepName({ name }: Service, workflow: Workflow): string {
  return isOneShot(name, workflow) ? `run ${name}` : `ready ${name}`;
}

/** Names of the steps that must have succeeded before a service can start: what it depends on. */
export function needsOf(service: Service, workflow: Workflow): string[] {
  return service.dependsOn.flatMap(({ service }) => {
    const other = workflow.services.get(service);
    return other ? [stepName(other, workflow)] : [];
  });
}
