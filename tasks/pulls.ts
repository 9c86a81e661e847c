/**
 * The steps that fetch base images, for `test`.
 *
 * @module
 */

import { builderOf } from "../lib/compose/graph.ts";
import type { Service } from "../lib/compose/service.ts";
import { engineName } from "../lib/image_name.ts";
import { type Step, step } from "../lib/plan/plan.ts";
import type { PlanInput } from "../lib/target.ts";

/**
 * Fetches each base image by its name. `build --pull` builds on the newest one, but leaves an older local tag as it is:
 * the next build without `--pull` would use the older one, not the tested one. A base that is on the engine is built on
 * meanwhile, because it rarely has moved. Undefined if the bases are unknown, so that the build needs `--pull`.
 *
 * @param services one for each build
 */
export function pullSteps(
  services: readonly Service[],
  { workflow, facts, $, pull }: Pick<PlanInput, "workflow" | "facts" | "$"> & {
    /** Whether newer base images are fetched. */
    pull: boolean;
  },
): Step[] | undefined {
  if (!pull || facts.isFetched) return [];
  const bases = services.map(({ build }) => facts.bases.get(build!.key));
  if (bases.includes(undefined)) return undefined;
  // A base that was built here would lose its name to an image of a registry that has the same name.
  const fetched = bases.flatMap((images) => images ?? [])
    .filter((image) => !builderOf(image, workflow))
    .filter((image) => !facts.local?.has(engineName(image)));
  return [...new Set(fetched)].map((image) => {
    const before = facts.images.get(engineName(image));
    return step(workflow.deadlines.build, {
      name: `pull ${image}`,
      why: "test and release must stand on the same, current base image",
      ...(before !== undefined && { does: { kind: "base", image, before } }),
      command: $`docker pull --quiet ${image}`,
    });
  });
}
