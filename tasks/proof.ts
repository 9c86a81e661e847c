/**
 * The steps that prove a release: URLs, services that must have ended, and services that must go on running.
 *
 * @module
 */

import {
  appsFor,
  isNeeded,
  isOneShot,
  serviceOf,
} from "../lib/compose/graph.ts";
import { TodoflowError } from "../lib/errors/todoflow_error.ts";
import { type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { stepName } from "./services.ts";
import { gate } from "./up.ts";

/** The apps and their entrances. */
export function appNames(workflow: Workflow): string[] {
  const names = appsFor(workflow, "release")
    .flatMap(({ service, entrance }) => [service, entrance]);
  return [...new Set(names)];
}

/**
 * The URLs of the apps that publish a port. Each is proven before it is printed.
 *
 * @throws {TodoflowError} when the configured port is not published
 */
export function urlSteps(
  last: readonly Service[],
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step[] {
  const { deadlines, release: { apps } } = workflow;
  return apps.flatMap(({ service, entrance, port, path, proof }, i) => {
    if (port === undefined) return [];
    const { container, ports } = serviceOf(workflow, entrance);
    const isOne = apps.length === 1;
    if (!ports.includes(port)) {
      throw new TodoflowError({
        kind: "invalid-config",
        path: ["x-todoflow", "release", ...(isOne ? [] : ["app", i]), "port"],
        problem: `"${entrance}" does not publish port ${port}` +
          (ports.length > 0 ? `, but ${ports.join(", ")}` : ""),
      });
    }
    return step(deadlines.ready, {
      name: isOne ? "url" : `url ${service}`,
      why: "the printed URL must be proven",
      after: last.map((service) => stepName(service, workflow)),
      does: {
        ...{ kind: "url", service: entrance, container, port, path },
        ...(proof && { proof }),
        ...(!isOne && { app: service }),
      },
      command: $`docker port ${container} ${port}`,
    });
  });
}

/** The checks of services whose names say that they end, once the apps are ready: one that runs then is an ordinary service. */
export function settleSteps(
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step[] {
  const apps = appNames(workflow);
  return workflow.release.ending.map((name) => {
    const service = serviceOf(workflow, name);
    return gate(
      service,
      "steady",
      {
        name: settledName(name),
        why: `"${name}" must be done, or go on running`,
        after: [service, ...apps.map((app) => serviceOf(workflow, app))]
          .map((one) => stepName(one, workflow)),
      },
      { workflow, $ },
    );
  });
}

/** The step after which a service has ended whose name says so, or counts as an ordinary one. */
export function settledName(name: string): string {
  return `settled ${name}`;
}

/**
 * Last checks of the services that stay and whose health no other service waits for: a program that lacks something ends
 * soon after its start.
 */
export function steadySteps(
  started: readonly Service[],
  { workflow, last, $ }: Pick<PlanInput, "workflow" | "$"> & {
    /** The services of the steps that these checks wait for. */
    last: readonly Service[];
  },
): Step[] {
  return started
    .filter(({ name }) =>
      !isOneShot(name, workflow) &&
      !isNeeded(name, workflow, "service_healthy") &&
      !workflow.release.ending.includes(name)
    )
    .map((service) =>
      gate(service, "steady", {
        name: `steady ${service.name}`,
        why: `"${service.name}" must go on running`,
        after: last.map((service) => stepName(service, workflow)),
      }, { workflow, $ })
    );
}
