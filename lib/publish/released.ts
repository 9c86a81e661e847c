/**
 * The identity of a release, besides its commit: its project and Compose files. The folder is no part of it, so that another
 * checkout of the same commit has the same identity.
 *
 * @module
 */

import { relative } from "node:path";
import type { Workflow } from "../compose/workflow.ts";
import { realPath } from "../world.ts";

/** The identity of a release, besides its commit. */
export interface Released {
  /** The name that Compose gives the project, without the suffix of the checkout under CI. */
  project: string;
  /** The Compose files, relative to the checkout, in the order in which they are merged. */
  files: readonly string[];
}

/** Options of {@linkcode releasedOf}. */
export interface ReleasedOptions {
  workflow: Workflow;
  /** See {@linkcode Released}. */
  plain: string;
  identity: { files: readonly string[] };
  surroundings: { directory: string };
}

/** The identity of a release of this checkout. */
export async function releasedOf(
  { plain, identity, surroundings }: ReleasedOptions,
): Promise<Released> {
  const directory = await realPath(surroundings.directory);
  const files = identity.files.map(async (file) =>
    relative(directory, await realPath(file)).replaceAll("\\", "/")
  );
  return { project: plain, files: await Promise.all(files) };
}
