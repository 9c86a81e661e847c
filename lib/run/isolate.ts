/**
 * Reads the workflow of a project, under its plain name or under one that only this checkout uses.
 *
 * @module
 */

import type { Seen } from "./look.ts";
import { readModel } from "../compose/model.ts";
import {
  readWorkflow,
  type Workflow,
  workflowIn,
} from "../compose/workflow.ts";
import { observe, type ObserveOptions } from "../compose/resolve.ts";
import type { Identity } from "../compose/project.ts";
import type { Docker } from "../engine/docker.ts";

/** The workflow of the files as Compose resolves them. */
export async function workflowOf(
  docker: Docker,
  options: WorkflowOptions,
): Promise<Workflow> {
  return await readWorkflow(await observe(docker, options), options);
}

/** Options of {@linkcode workflowOf}. */
export interface WorkflowOptions extends ObserveOptions {
  /** The active profiles. */
  profiles: readonly string[];
}

/**
 * The workflow in which each built image has a name of this project: with the names in the file, two checkouts would
 * overwrite each other's images. `override` is the Compose file that gives Compose the names; undefined if none
 * changes.
 */
export async function isolatedWorkflow(
  docker: Docker,
  options: WorkflowOptions,
): Promise<{ workflow: Workflow; override: string | undefined }> {
  const model = await readModel(await observe(docker, options));
  const workflow = await workflowIn(model, { ...options, isolated: true });
  const { services } = await workflowIn(model, options);
  const renamed = [...workflow.services.values()].flatMap(({ name, image }) => {
    const { image: inFile, build } = services.get(name)!;
    const hasTags = build !== undefined && build.tags.length > 0;
    return inFile === image && !hasTags ? [] : [
      `  ${JSON.stringify(name)}:`,
      `    image: ${JSON.stringify(image)}`,
      // Compose merges lists; the tag that removes one is YAML only.
      ...(hasTags ? ["    build: { tags: !reset null }"] : []),
    ];
  });
  return {
    workflow,
    override: renamed.length === 0
      ? undefined
      : ["services:", ...renamed, ""].join("\n"),
  };
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
