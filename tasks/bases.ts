/**
 * The builds of the Compose file on which other builds of the file stand: they are built first, and never fetched.
 *
 * @module
 */

import { builderOf } from "../lib/compose/graph.ts";
import type { Service } from "../lib/compose/service.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { engineName } from "../lib/image_name.ts";
import type { Facts } from "../lib/target.ts";

/** The services on whose images the build of a service stands. */
function below(
  { build }: Service,
  { workflow, facts }: { workflow: Workflow; facts: Facts },
): Service[] {
  const images = build ? facts.bases.get(build.key) ?? [] : [];
  return images.flatMap((image) => builderOf(image, workflow) ?? [])
    // A stage may have the name of its own image.
    .filter((other) => other.build?.key !== build?.key);
}

/**
 * The services whose images must be there before the builds of these services, by level: those of a level stand only on
 * earlier levels.
 */
export function levelsBelow(
  services: readonly Service[],
  input: { workflow: Workflow; facts: Facts },
): Service[][] {
  const levels: Service[][] = [];
  const depths = new Map<string, number>();
  const depthOf = (service: Service, open: readonly string[]): number => {
    const known = depths.get(service.name);
    // Images that stand on each other cannot be built: docker says so.
    if (known !== undefined || open.includes(service.name)) return known ?? 0;
    const above = [...open, service.name];
    const depth = below(service, input).reduce(
      (most, other) => Math.max(most, 1 + place(other, above)),
      0,
    );
    depths.set(service.name, depth);
    return depth;
  };
  const place = (service: Service, open: readonly string[]): number => {
    const depth = depthOf(service, open);
    const level = levels[depth] ??= [];
    if (!level.includes(service)) level.push(service);
    return depth;
  };
  for (const service of services) {
    for (const other of below(service, input)) place(other, [service.name]);
  }
  return levels.filter((level) => level.length > 0);
}

/** The names, besides those that Compose gives, by which Dockerfiles ask for images of the file. */
export function namesOfBases(workflow: Workflow, facts: Facts): string[] {
  const all = [...workflow.services.values()];
  return all.flatMap((service) => below(service, { workflow, facts }))
    .filter(({ built, called }) => built !== called)
    .map(({ called }) => engineName(called));
}
