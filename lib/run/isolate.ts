/**
 * The workflow of a project, under its own name or under one that it has for itself.
 *
 * @module
 */

import type { Early } from "./prepared.ts";

import { readWorkflow, type Workflow } from "../compose/workflow.ts";

import { observe, type ObserveOptions } from "../compose/resolve.ts";

import type { Identity } from "../compose/project.ts";

import type { Docker } from "../engine/docker.ts";

/** The workflow, as Compose resolves the files. */
export async function workflowOf(
  docker: Docker,
  options: WorkflowOptions,
): Promise<Workflow> {
  return await readWorkflow(await observe(docker, options), options);
}

/** How Compose is asked for a workflow. */
export interface WorkflowOptions extends ObserveOptions {
  /** The active ones. */
  profiles: readonly string[];
}

/**
 * The workflow with names of the project's own for the images that are built: by the names of the file, two checkouts
 * would take each other's. With it, what tells Compose so; undefined where the file names none.
 */
export async function isolatedWorkflow(
  docker: Docker,
  options: WorkflowOptions,
): Promise<{ workflow: Workflow; override: string | undefined }> {
  const model = await observe(docker, options);
  const workflow = await readWorkflow(model, { ...options, isolated: true });
  const { services } = await readWorkflow(model, options);
  const renamed = [...workflow.services.values()].flatMap(({ name, image }) => {
    const { image: inFile, build } = services.get(name)!;
    const hasTags = build !== undefined && build.tags.length > 0;
    return inFile === image && !hasTags ? [] : [
      `  ${JSON.stringify(name)}:`,
      `    image: ${JSON.stringify(image)}`,
      // A list is merged; what takes it away is no JSON.
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

/** The project's name in what `docker compose config` prints. */
export function nameOf(model: string): string {
  return /^name: "?([^"\n]*)"?$/m.exec(model)?.[1] ?? "";
}

/** The projects of a checkout whose Compose file cannot be read: those that were recorded, or made, from its folder. */
export function namesByLabel(
  { name, directory }: Identity,
  { objects, records }: Early,
): string[] {
  if (name !== undefined) return [name];
  const found = [
    ...records.values(),
    ...objects as readonly { project: string; directory?: string }[],
  ].filter((one) => one.project !== "" && one.directory === directory);
  return [...new Set(found.map(({ project }) => project))];
}
