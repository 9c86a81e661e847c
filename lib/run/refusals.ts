/**
 * Refuses runs: something is in the way, in use or missing, or a folder holds the caller's data.
 *
 * @module
 */

import type { Prepared } from "./prepared.ts";
import type { ProjectRecord } from "../state/record.ts";
import { toShell } from "../plan/script.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Workflow } from "../compose/workflow.ts";
import { needs, type PlanTarget } from "../target.ts";
import { dataFolders, inUse, missingIn } from "./shared.ts";
import type { Service } from "../compose/service.ts";
import type { Step } from "../plan/plan.ts";
import type { Observed } from "./observed.ts";

/**
 * The refusal because of foreign things: the project has something that no run of this checkout has made, or a name that the
 * plan needs is taken. Checked before the run, because a conflict in the middle would cost the earlier release.
 */
export function foreignIn(
  target: PlanTarget,
  { workflow: { project }, identity: { directory } }: Prepared,
  { own, objects, steps }: Observed & { steps: readonly Step[] },
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
  // `publish` only pushes an image, so the rest of the project does not matter.
  return foreign.length === 0 || needs(target, "receipt")
    ? undefined
    : new TodoflowError({
      kind: "foreign",
      target: target.name,
      project,
      directory,
      foreign,
    });
}

/** The refusal because a container that stays uses what the run needs exclusively, or because something is missing. */
export async function sharedBy(
  target: PlanTarget,
  { workflow, api }: Prepared,
  { own, objects, steps }: Observed & { steps: readonly Step[] },
): Promise<TodoflowError | undefined> {
  if (needs(target, "receipt")) return undefined;
  const services = servicesOf(steps, workflow);
  // Only a removal before the end frees something; clean-up at the end removes the run's own things.
  const removes =
    steps.some(({ does, cleanup }) =>
        does.kind === "remove" && cleanup === undefined
      )
      ? own.made
      : [];
  const servers = servicesOf(steps.filter(isGate), workflow);
  const common = { workflow, services, servers, objects, api };
  const things = await missingIn(common);
  if (things.length > 0) {
    return new TodoflowError({ kind: "missing", target: target.name, things });
  }
  const uses = await inUse({ ...common, removes });
  const { project } = workflow;
  return uses.length === 0
    ? undefined
    : new TodoflowError({ kind: "in-use", target: target.name, project, uses });
}

/**
 * The folders on the host that databases of this checkout's runs have filled, including the folders of this run.
 *
 * @throws {TodoflowError} when tests would change data in any other folder
 */
export async function foldersOf(
  target: PlanTarget,
  { workflow, api, identity: { directory }, own }: Prepared,
  { steps, record }: {
    steps: readonly Step[];
    record: ProjectRecord | undefined;
  },
): Promise<readonly string[]> {
  const { folders: known = [] } = record?.directory === directory ? record : {};
  // A build agent may lose its records, and only its own checkout uses the project.
  if (!needs(target, "images") || own) return known;
  const { empty, foreign } = await dataFolders({
    services: servicesOf(steps, workflow),
    servers: servicesOf(steps.filter(isGate), workflow),
    api,
    known,
    asks: !target.accepts,
  });
  if (foreign.length > 0 && !target.accepts) {
    const folders = foreign.map(({ service, folder }) => ({
      ...{ service, folder },
      move: toShell(["mv", folder, `${folder}.kept`]),
    }));
    throw new TodoflowError({
      kind: "foreign-data",
      target: target.name,
      folders,
    });
  }
  return [...new Set([...known, ...empty])];
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

function isGate({ does }: Step): boolean {
  return does.kind === "gate";
}

/** The services for which steps create containers. */
function servicesOf(steps: readonly Step[], { services }: Workflow): Service[] {
  const names = new Set(
    steps.flatMap(({ does }) => "service" in does ? [does.service] : []),
  );
  return [...services.values()].filter(({ name }) => names.has(name));
}
