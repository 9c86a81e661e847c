/**
 * Refuses runs: something on the engine is in the way, in use or missing.
 *
 * @module
 */

import { isTaken } from "../engine/reach.ts";
import { portHolder } from "./port_holder.ts";
import type { Prepared } from "./prepared.ts";
import { isHere } from "./taken_port.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Workflow } from "../compose/workflow.ts";
import { inUse, missingIn, type SharedOptions } from "./shared.ts";
import { takenSubnet } from "./subnets.ts";
import type { Service } from "../compose/service.ts";
import type { Step } from "../plan/plan.ts";
import type { Observed } from "./started.ts";

/**
 * The refusal because of something on the engine. Checked before the run, because a conflict in the middle would cost the
 * earlier release.
 */
export async function inTheWay(
  prepared: Prepared,
  options: InTheWayOptions,
): Promise<TodoflowError | undefined> {
  return foreignIn(prepared, options) ?? await sharedBy(prepared, options);
}

/** Options of {@linkcode inTheWay}. */
type InTheWayOptions = Observed & {
  /** The name of the run's target. */
  target: string;
  steps: readonly Step[];
  /** Name of this machine. */
  host: () => string;
};

/**
 * The refusal because of foreign things: the project has something that no run of this checkout has made, or a name that the
 * plan needs is taken.
 */
function foreignIn(
  { workflow: { project }, identity: { directory } }: Prepared,
  { target, own, objects, steps }: InTheWayOptions,
): TodoflowError | undefined {
  const needed = new Set(
    steps.flatMap(({ does }) =>
      does.kind === "volume"
        ? `volume ${does.name}`
        : "container" in does
        ? `container ${does.container}`
        : []
    ),
  );
  const foreign = [
    ...own.foreign,
    ...objects.filter((object) =>
      object.project !== project && needed.has(`${object.kind} ${object.name}`)
    ),
  ];
  return foreign.length === 0 ? undefined : new TodoflowError({
    kind: "foreign",
    ...{ target, project, directory, foreign },
  });
}

/** The refusal because a container that stays uses what the run needs exclusively, or because something is missing. */
async function sharedBy(
  { workflow, api }: Prepared,
  { target, objects, steps, host }: InTheWayOptions,
): Promise<TodoflowError | undefined> {
  const services = servicesOf(steps, workflow);
  // Only a removal before the end frees something; clean-up at the end removes the run's own things.
  const removes = steps.flatMap(({ does, cleanup }) =>
    does.kind === "remove" && cleanup === undefined ? does.owns.made : []
  );
  const servers = servicesOf(steps.filter(isGate), workflow);
  const common = { workflow, services, servers, objects, api };
  const things = await missingIn(common);
  if (things.length > 0) {
    return new TodoflowError({ kind: "missing", target, things });
  }
  const subnet = services.length > 0
    ? takenSubnet(workflow, { objects, removes })
    : undefined;
  if (subnet) return subnet;
  const uses = await inUse({ ...common, removes });
  const { project } = workflow;
  const ports = uses.flatMap(({ taken }) => taken ?? []);
  if (uses.length > ports.length) {
    return new TodoflowError({ kind: "in-use", target, project, uses });
  }
  if (ports.length > 0) {
    return new TodoflowError({ kind: "port-in-use", target, ports });
  }
  return await portRefusal(target, { ...common, host });
}

/** The refusal because a program of this machine, which is no container, has a port that the run publishes. */
async function portRefusal(
  target: string,
  { services, objects, api, host }:
    & Pick<SharedOptions, "services" | "objects" | "api">
    & Pick<InTheWayOptions, "host">,
): Promise<TodoflowError | undefined> {
  // That of an earlier release is free as soon as that release goes.
  const held = objects.flatMap(({ ports = [] }) => ports);
  for (const { name: service, addresses } of services) {
    for (const { hostname, port, target: inside } of addresses) {
      if (held.includes(`${port}/tcp`) || !isTaken({ hostname, port })) {
        continue;
      }
      // Ports of this container, or of a machine that reaches its engine by a tunnel, are not those of the engine.
      if (!await isHere(api, { host })) return undefined;
      const program = await portHolder(`${port}`);
      const taken = {
        ...{ service, hostname, port: `${port}`, target: inside },
        ...(program && { program }),
      };
      return new TodoflowError({
        ...{ kind: "port-in-use", target, ports: [taken] },
      });
    }
  }
  return undefined;
}

/** The error with which a check refuses; undefined if the check passes. */
export async function refusalOf(
  asked: Promise<unknown>,
): Promise<TodoflowError | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof TodoflowError) return error;
    throw error;
  }
}

/** Whether a step waits for a service that keeps running. */
export function isGate({ does }: Step): boolean {
  return does.kind === "gate";
}

/** The services for which steps create containers. */
export function servicesOf(
  steps: readonly Step[],
  { services }: Workflow,
): Service[] {
  const names = new Set(
    steps.flatMap(({ does }) => "service" in does ? [does.service] : []),
  );
  return [...services.values()].filter(({ name }) => names.has(name));
}
