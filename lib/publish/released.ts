/**
 * The identity of a release, besides its commit: the project and service of its image, and the name to push it under.
 * The folder is no part of it, so that another checkout of the same commit has the same identity.
 *
 * @module
 */

import { relative } from "node:path";
import { type ImageName, readImageName } from "../image_name.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { Failure } from "../errors/failure.ts";
import { realPath } from "../world.ts";

/** The identity of a release, besides its commit. */
export interface Released {
  /** The name that Compose gives the project, without the suffix of the checkout under CI. */
  project: string;
  /** The Compose files, relative to the checkout, in the order in which they are merged. */
  files: readonly string[];
  /** The service whose image was accepted. */
  service: string;
  /** Registry and repository, as the Compose files give them; absent where they name none. */
  repository?: string;
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
  { workflow, plain, identity, surroundings }: ReleasedOptions,
): Promise<Released> {
  const directory = await realPath(surroundings.directory);
  const files = identity.files.map(async (file) =>
    relative(directory, await realPath(file)).replaceAll("\\", "/")
  );
  const found = imageNameOf(workflow);
  return {
    project: plain,
    files: await Promise.all(files),
    service: workflow.release.image,
    ...("whole" in found && { repository: found.whole }),
  };
}

/** The reason why the image has no name to push it under. */
type NoName = Pick<
  Extract<Failure, { kind: "no-image-name" }>,
  "problem" | "name"
>;

/**
 * The name that the Compose file gives the release image, on the service that builds it or, where that one has none, on
 * the app that has the same build.
 */
export function imageNameOf(
  { services, release }: Workflow,
): Pick<ImageName, "name" | "whole"> | NoName {
  const own = services.get(release.image);
  if (!own?.build) return { problem: "no build" };
  const app = services.get(release.app);
  const shared = app?.build?.key === own.build.key ? app : undefined;
  const text = own.imageInFile ?? shared?.imageInFile;
  if (text === undefined) return { problem: "no name" };
  const { name, whole, digest } = readImageName(text);
  return digest === undefined ? { name, whole } : {
    problem: "a digest",
    name,
  };
}
