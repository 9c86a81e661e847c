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
 * Checks that Compose gives networks and volumes the names of the twin, once their file is written: with the names in the
 * file, tests would change a developer's data.
 *
 * @throws {Error} when it does not, which is a fault of todoflow, or of a wrapper named docker
 */
export async function checkNames(
  docker: Docker,
  { networks, volumes }: Workflow,
  { directory, profiles }: WorkflowOptions,
): Promise<void> {
  const seen = await workflowIn(
    await readModel(await observe(docker, { directory })),
    { profiles },
  );
  const expected = [
    ...networks,
    ...[...volumes.values()].map(({ name }) => name),
  ];
  const other = [
    ...seen.networks,
    ...[...seen.volumes.values()].map(({ name }) => name),
  ].find((name) => !expected.includes(name));
  if (other === undefined) return;
  throw new Error(
    `Compose would use "${other}", a name that the twin of the project must not use`,
  );
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
