/**
 * Compares the images of two runs that they have not built: bases, and images of services.
 *
 * @module
 */

import { builderOf, buildOf } from "../compose/graph.ts";
import type { Workflow } from "../compose/workflow.ts";
import { engineName } from "../image_name.ts";
import type { GreenImage } from "../state/green.ts";

/** The engine's names of the images that a run uses and does not build. */
export function usedNames(
  workflow: Workflow,
  { bases, services }: {
    /** The base images of each build, by its key. */
    bases: ReadonlyMap<string, readonly string[] | undefined>;
    /** The services that the run builds or starts. */
    services: ReadonlySet<string>;
  },
): string[] {
  const started = [...workflow.services.values()]
    .filter(({ name }) => services.has(name));
  const pulled = started.flatMap((service) =>
    buildOf(service, workflow) ? [] : service.image
  );
  const below = started.flatMap(({ build }) =>
    bases.get(build?.key ?? "") ?? []
  )
    .filter((image) => !builderOf(image, workflow));
  return [...new Set([...pulled, ...below].map(engineName))].toSorted();
}

/** The facts by which images are known. */
export interface ImageFacts {
  /** IDs by the engine's names. */
  ids: ReadonlyMap<string, string>;
  /** Digests of registries by the engine's names: those that the builder has told, then those of the engine. */
  digests: ReadonlyMap<string, string>;
}

/** The images of these names, without those of which nothing is known. */
export function imagesNamed(
  names: readonly string[],
  { ids, digests }: ImageFacts,
): GreenImage[] {
  return names.flatMap((name) => {
    const id = ids.get(name);
    const digest = digests.get(name);
    if (id === undefined && digest === undefined) return [];
    return [{
      name,
      ...(id !== undefined && { id }),
      ...(digest !== undefined && { digest }),
    }];
  });
}

/** An image whose name means another one than before. */
export interface Moved {
  name: string;
  /** Digests of a registry if both are known, otherwise IDs. */
  before: string;
  now: string;
}

/** The images that have moved. */
export function movedImages(
  before: readonly GreenImage[],
  now: readonly GreenImage[],
): Moved[] {
  const known = new Map(before.map((image) => [image.name, image]));
  return now.flatMap((image) => {
    const { name } = image;
    const other = known.get(name);
    const moved = other && difference(other, image);
    return moved ? [{ name, ...moved }] : [];
  });
}

/** A registry may give an image that is the same on this platform another digest, so IDs decide where they are known. */
function difference(
  before: GreenImage,
  now: GreenImage,
): Omit<Moved, "name"> | undefined {
  const pair = (field: "id" | "digest") => {
    const [a, b] = [before[field], now[field]];
    return a === undefined || b === undefined ? undefined : {
      before: a,
      now: b,
    };
  };
  const [ids, digests] = [pair("id"), pair("digest")];
  const decides = ids ?? digests;
  if (!decides || decides.before === decides.now) return undefined;
  return digests && digests.before !== digests.now ? digests : ids;
}
