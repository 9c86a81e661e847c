/**
 * What `test` and `release` share: which services a service needs, and the steps that start them in order.
 *
 * @module
 */

import { TodoflowError } from "../lib/errors.ts";
import { type Command, type Shell, type Step, step } from "../lib/plan.ts";
import type { Condition, Service, Workflow } from "../lib/workflow.ts";

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

/** The named services and all that they depend on, dependencies first. */
export function withDependencies(
  workflow: Workflow,
  names: readonly string[],
): Service[] {
  const found = new Map<string, Service>();
  const visit = (name: string) => {
    const service = workflow.services.get(name);
    if (!service || found.has(name)) return;
    service.dependsOn.forEach((needed) => visit(needed.service));
    found.set(name, service);
  };
  names.forEach(visit);
  return [...found.values()];
}

/** Names of the services that have a `build` section, in the order of the Compose file. */
export function built(services: Iterable<Service>): string[] {
  return [...services].filter(({ built }) => built).map(({ name }) => name);
}

/** Name of the step that brings a service up. */
export function stepName({ name }: Service, workflow: Workflow): string {
  return isOneShot(name, workflow) ? `run ${name}` : `start ${name}`;
}

/** Whether a service ends by itself: another one waits for its success, or it has such a role. */
function isOneShot(name: string, workflow: Workflow): boolean {
  const { setup, acceptance } = workflow.release;
  return name === acceptance ||
    setup.some(({ service, run }) => service === name && !run) ||
    isNeeded(name, workflow, "service_completed_successfully");
}

function isNeeded(
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

/** What the steps of services are made from. */
export interface UpOptions {
  workflow: Workflow;
  $: Shell;
  /** Names of the steps that a service waits for. */
  after: (service: Service) => readonly string[];
  /** A service whose readiness matters although no service waits for it. */
  gate?: string;
  /** Whether a failed one-shot's container stays. */
  keep: boolean;
}

/**
 * One step for each service, whose containers exist already: made by one `docker compose create`, because parallel
 * Compose calls race to make the network, and because `up --no-deps` alone would give a container another config hash,
 * so that a later plain `up` would make it anew.
 */
export function upSteps(
  services: readonly Service[],
  options: UpOptions,
): Step[] {
  return services.map((service) =>
    isOneShot(service.name, options.workflow)
      ? oneShotStep(service, options)
      : gateStep(service, options)
  );
}

function oneShotStep(
  service: Service,
  { workflow, $, after, keep }: UpOptions,
): Step {
  const { name, container } = service;
  return step(workflow.deadlines.step, {
    name: stepName(service, workflow),
    why: `"${name}" is a one-shot that must succeed`,
    after: after(service),
    does: { kind: "oneshot", service: name, container, reports: [], keep },
    command:
      $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`,
  });
}

function gateStep(
  service: Service,
  { workflow, $, after, gate }: UpOptions,
): Step {
  const { name, container } = service;
  const awaited = name === gate || isNeeded(name, workflow, "service_healthy");
  return step(workflow.deadlines.ready, {
    name: stepName(service, workflow),
    why: awaited ? `"${name}" must be ready` : `"${name}" must run`,
    after: after(service),
    does: { kind: "gate", service: name, container },
    command: awaited
      ? $`docker compose up --detach --wait --no-deps --no-recreate --no-build ${name}`
      : $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`,
  });
}

/**
 * Removes the project's containers, networks and volumes. Every profile, because `--remove-orphans` leaves the
 * containers of services whose profile is not active.
 */
export function down(
  $: Shell,
  { deadlines }: Workflow,
  options: readonly string[] = [],
): Command {
  const seconds = Math.ceil(deadlines.stop / 1000);
  return $`docker compose --profile ${"*"} down --volumes --remove-orphans --timeout ${seconds} ${options}`;
}
