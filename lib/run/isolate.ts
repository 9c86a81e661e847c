/**
 * The names by which a project is known, and the check that Compose uses those of a twin.
 *
 * @module
 */

import { readModel } from "../compose/model.ts";
import type { Identity } from "../compose/project.ts";
import { observe, type ObserveOptions } from "../compose/resolve.ts";
import { type Workflow, workflowIn } from "../compose/workflow.ts";
import type { Docker } from "../engine/docker.ts";
import type { Seen } from "./look.ts";

/** How the Compose files are read. */
export interface WorkflowOptions extends ObserveOptions {
  /** The active profiles. */
  profiles: readonly string[];
}

/**
 * Checks that Compose uses the networks, volumes and mounts of the twin, once the file that names them is written: with
 * those of the project's own file, tests would change a developer's data.
 *
 * @throws {Error} when it does not, which is a fault of todoflow, or of a wrapper named docker
 */
export async function checkNames(
  docker: Docker,
  workflow: Workflow,
  { directory, profiles }: WorkflowOptions,
): Promise<void> {
  const seen = await workflowIn(
    await readModel(await observe(docker, { directory })),
    { profiles },
  );
  const expected = usedBy(workflow);
  const other = usedBy(seen).find((name) => !expected.includes(name));
  if (other === undefined) return;
  throw new Error(
    `Compose would use "${other}", which the twin of the project must not use`,
  );
}

/** The networks, volumes and mounts that Compose uses for a workflow. */
function usedBy({ networks, volumes, services }: Workflow): string[] {
  return [
    ...networks,
    ...[...volumes.values()].map(({ name }) => name),
    ...[...services.values()].flatMap(({ name, mounts }) =>
      mounts.map(({ source, target }) => `${source} at ${target} of ${name}`)
    ),
  ];
}

/** The projects of a checkout whose Compose file cannot be read: their records or objects name its folder. */
export function namesByLabel(
  { name, directory }: Identity,
  { objects, records }: Seen,
): string[] {
  if (name !== undefined) return [name];
  const found = [
    ...records.values(),
    ...objects as readonly { project: string; directory?: string }[],
  ].filter((one) => one.project !== "" && one.directory === directory);
  return [...new Set(found.map(({ project }) => project))];
}
