/**
 * The base images of the builds of a workflow.
 *
 * @module
 */

import type { Workflow } from "./workflow.ts";
import type { Build } from "./service.ts";

/** The base images of each build, by the build's key; undefined where they are unknown. */
export async function observeBases(
  { services }: Workflow,
  readTextFile: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const [{ baseImages }, { readDockerfile }] = await Promise.all([
    import("./dockerfile.ts"),
    import("./sources.ts"),
  ]);
  const builds = new Map(
    [...services.values()].flatMap(({ build }) =>
      build ? [[build.key, build] as const] : []
    ),
  );
  const read = async (build: Build) => {
    const text = build.inline ?? await readDockerfile(build, readTextFile);
    return text === undefined ? undefined : baseImages(text, build);
  };
  return new Map(
    await Promise.all(
      [...builds].map(async ([key, build]) =>
        // A context outside this machine, such as a URL, cannot be read.
        [key, await read(build).catch(() => undefined)] as const
      ),
    ),
  );
}
