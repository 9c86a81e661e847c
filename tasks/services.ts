/**
 * What `test` and `release` share about services: which ones a service needs, and what they are to each other.
 *
 * @module
 */

import { TodoflowError } from "../lib/errors/wording.ts";
import type { Condition, Service } from "../lib/compose/service.ts";
import type { Workflow } from "../lib/compose/workflow.ts";

/**
 * The service of this name.
 *
 * @throws {TodoflowError} when the Compose file has none, which `target` needs.
 */
export function serviceOf(
  { services }: Workflow,
  name: string,
  target: string,
): Service {
  const service = services.get(name);
  if (service) return service;
  const known = [...services.keys()];
  throw new TodoflowError({ kind: "no-service", service: name, target, known });
}

/**
 * The named services and all that they depend on, dependencies first.
 *
 * @throws {TodoflowError} when one of them uses what todoflow does not handle.
 */
export function withDependencies(
  workflow: Workflow,
  names: readonly string[],
): Service[] {
  const found = new Map<string, Service>();
  const visit = (name: string) => {
    const service = workflow.services.get(name);
    if (!service || found.has(name)) return;
    if (service.unsupported) {
      throw new TodoflowError({ kind: "unsupported", ...service.unsupported });
    }
    service.dependsOn.forEach((needed) => visit(needed.service));
    found.set(name, service);
  };
  names.forEach(visit);
  return [...found.values()];
}

/** Name of the step after which a service is there for others: it is ready, or done. */
export function stepName({ name }: Service, workflow: Workflow): string {
  return isOneShot(name, workflow) ? `run ${name}` : `ready ${name}`;
}

/** Whether a service ends by itself: another one waits for its success, or it has such a role. */
export function isOneShot(name: string, workflow: Workflow): boolean {
  const { setup, acceptance } = workflow.release;
  return name === acceptance ||
    setup.some(({ service, run }) => service === name && !run) ||
    isNeeded(name, workflow, "service_completed_successfully");
}

/** Whether some service waits for this one under the condition. */
export function isNeeded(
  name: string,
  { services }: Workflow,
  needed: Condition,
): boolean {
  return [...services.values()].some(({ dependsOn }) =>
    dependsOn.some(({ service, condition }) =>
      service === name && condition === needed
    )
  );
}

/** Names of the steps that must have succeeded before a service can start: what it depends on. */
export function needsOf(service: Service, workflow: Workflow): string[] {
  return service.dependsOn.flatMap(({ service }) => {
    const other = workflow.services.get(service);
    return other ? [stepName(other, workflow)] : [];
  });
}
