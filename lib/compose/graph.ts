/**
 * The services of a workflow as a graph of dependencies.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Workflow } from "./workflow.ts";
import type { Build, Condition, Service } from "./service.ts";

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

/** The named services and all their dependencies, dependencies first; unknown names are left out. */
export function withDependencies(
  { services }: Workflow,
  names: Iterable<string>,
): Service[] {
  const found = new Map<string, Service>();
  const visit = (name: string) => {
    const service = services.get(name);
    if (!service || found.has(name)) return;
    service.dependsOn.forEach((needed) => visit(needed.service));
    found.set(name, service);
  };
  for (const name of names) visit(name);
  return [...found.values()];
}

/**
 * The services that a target starts: those named and all their dependencies, dependencies first.
 *
 * @throws {TodoflowError} when one of them uses a feature that todoflow does not support.
 */
export function startable(
  workflow: Workflow,
  names: readonly string[],
): Service[] {
  const services = withDependencies(workflow, names);
  for (const { unsupported } of services) {
    if (!unsupported) continue;
    throw new TodoflowError({ kind: "unsupported", ...unsupported });
  }
  return services;
}

/** The build of a service's image: its own, or that of another service whose image has the same name. */
export function buildOf(
  { build, image }: Service,
  { services }: Workflow,
): Build | undefined {
  return build ??
    [...services.values()].find((other) => other.build && other.image === image)
      ?.build;
}

/** The services that have the same build, and thus share an image. */
export function sharing(
  { key }: Pick<Build, "key">,
  { services }: Pick<Workflow, "services">,
): Service[] {
  return [...services.values()].filter(({ build }) => build?.key === key);
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
