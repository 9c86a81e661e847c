/**
 * The distinct builds of services, and the names that they give to images.
 *
 * @module
 */

import { sharing } from "../lib/compose/graph.ts";
import type { Service } from "../lib/compose/service.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { engineName } from "../lib/image_name.ts";

/** A distinct build and the services that share its image. */
export interface Build {
  /** The service that Compose builds. */
  by: Service;
  services: readonly Service[];
}

/**
 * The distinct builds among the services, each with all services of the project that share it.
 *
 * Compose labels an image with the service that it was built for, so the same build for two services gives two image
 * IDs. If always the same service builds it, it is one image: the tested one.
 */
export function buildsOf(
  services: Iterable<Service>,
  workflow: Workflow,
): Build[] {
  const keys = new Set([...services].flatMap(({ build }) => build?.key ?? []));
  const first = [...workflow.test.services, workflow.release.image];
  return [...keys].map((key) => {
    const services = sharing({ key }, workflow);
    const by = first.map((name) => services.find((one) => one.name === name))
      .find((service) => service) ?? services[0]!;
    return { by, services };
  }).toSorted((a, b) => a.by.name < b.by.name ? -1 : 1);
}

/** The names that runs give to images: by builds, and to services that share one. */
export function builtNames(workflow: Workflow): string[] {
  const all = [...workflow.services.values()];
  const names = buildsOf(all, workflow).flatMap(({ by, services }) => [
    ...[by.built, ...by.build!.tags],
    // A service without a build may run the image, too.
    ...all.filter((one) => services.includes(one) || one.built === by.built)
      .map(({ image }) => image),
  ]).map(engineName);
  return [...new Set(names)].toSorted();
}
