/**
 * What `test` and `release` share: which services a service needs, and the steps that start them in order.
 *
 * @module
 */

import { TodoflowError } from "../lib/errors.ts";
import { type Shell, type Step, step } from "../lib/plan.ts";
import type { Service, Workflow } from "../lib/workflow.ts";

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
export function isOneShot(name: string, workflow: Workflow): boolean {
  const { setup, acceptance } = workflow.release;
  return setup.includes(name) || name === acceptance ||
    [...workflow.services.values()].some(({ dependsOn }) =>
      dependsOn.some(({ service, condition }) =>
        service === name && condition === "service_completed_successfully"
      )
    );
}

/** What the steps of services are made from. */
export interface UpOptions {
  workflow: Workflow;
  $: Shell;
  /** Steps that must have succeeded before, by service; `""` stands for every service. */
  after: Readonly<Record<string, readonly string[]>>;
  /** Services whose readiness matters although no service waits for it. */
  gates: readonly string[];
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
  { workflow, $, after, gates, keep }: UpOptions,
): Step[] {
  const { deadlines } = workflow;
  return services.map((service) => {
    const { name, container, dependsOn } = service;
    const needs = dependsOn.flatMap(({ service }) => {
      const other = workflow.services.get(service);
      return other ? [stepName(other, workflow)] : [];
    });
    const common = {
      name: stepName(service, workflow),
      after: [
        ...new Set([...after[""] ?? [], ...after[name] ?? [], ...needs]),
      ],
    };
    if (isOneShot(name, workflow)) {
      return step(deadlines.step, {
        ...common,
        why: `"${name}" is a one-shot that must succeed`,
        does: { kind: "oneshot", service: name, container, reports: [], keep },
        command:
          $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`,
      });
    }
    const awaited = gates.includes(name) || isAwaited(name, workflow);
    return step(deadlines.ready, {
      ...common,
      why: awaited ? `"${name}" must be ready` : `"${name}" must run`,
      does: { kind: "gate", service: name, container },
      command: awaited
        ? $`docker compose up --detach --wait --no-deps --no-recreate --no-build ${name}`
        : $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`,
    });
  });
}

function isAwaited(name: string, { services }: Workflow): boolean {
  return [...services.values()].some(({ dependsOn }) =>
    dependsOn.some(({ service, condition }) =>
      service === name && condition === "service_healthy"
    )
  );
}
