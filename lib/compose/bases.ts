/**
 * The images that the builds of a workflow stand on.
 *
 * @module
 */

import type { Workflow } from "./workflow.ts";
import type { Build } from "./service.ts";

/** The images that the builds stand on. */
export async function observeBases(
  { services }: Workflow,
  readTextFile: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const { baseImages } = await import("./dockerfile.ts");
  const builds = new Map(
    [...services.values()].flatMap(({ build }) =>
      build ? [[build.key, build] as const] : []
    ),
  );
  const read = async (build: Build) => {
    const text = build.inline ?? await readTextFile(dockerfilePath(build));
    return baseImages(text, build);
  };
  return new Map(
    await Promise.all(
      [...builds].map(async ([key, build]) =>
        // A context that is no folder of this machine cannot be read.
        [key, await read(build).catch(() => undefined)] as const
      ),
    ),
  );
}

/** Where the Dockerfile of a build is, unless it stands in the Compose file. */
function dockerfilePath({ context, dockerfile }: Build): string {
  return dockerfile.startsWith("/") ? dockerfile : `${context}/${dockerfile}`;
}
