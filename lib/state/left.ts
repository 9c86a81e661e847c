/**
 * Separates the objects in a project that earlier runs of the checkout have left from all others: the difference
 * decides what a target may remove.
 *
 * @module
 */

import { isTwin } from "../plan/twin.ts";
import type { EngineApi } from "../engine/api.ts";
import { type EngineImage, observeImages } from "../engine/images.ts";
import { observeObjects, type ProjectObject } from "../engine/objects.ts";
import {
  isBuilt,
  isOwned,
  isOwnProjects,
  isRecorded,
  madeOf,
  type Proof,
} from "../engine/owned.ts";
import type { Made, Owns } from "../plan/plan.ts";
import type { ProjectRecord } from "./record.ts";

/** The objects in a project. */
export interface Left {
  project: string;
  /** Objects that runs of this checkout have made. */
  made: readonly Made[];
  /** Objects that no record of this checkout names. */
  foreign: readonly ProjectObject[];
  /** The application that a run has left on purpose. */
  left: ProjectRecord["left"];
}

/** Options of {@linkcode leftIn}. */
interface LeftOptions {
  record: ProjectRecord | undefined;
  /** All objects on the engine, of any project. */
  objects: readonly ProjectObject[];
  /** The folder of the Compose file, with links resolved. */
  directory: string;
  /**
   * Whether todoflow has chosen the name of the project: then its label is proof, because records of a build agent may
   * be lost.
   */
  own: boolean;
}

/** Sorts the objects in a project by their owner. */
export function leftIn(
  project: string,
  { record, objects, directory, own }: LeftOptions,
): Left {
  // The record of another checkout proves nothing here.
  const known = record?.directory === directory ? record : undefined;
  const { made = [], left } = known ?? {};
  const all = objects.filter((object) => object.project === project);
  // A network has no label of its folder: another checkout's containers may be about to use it.
  const isShared = all.some((object) =>
    object.kind === "container" && object.directory !== directory
  );
  const isOurs = (object: ProjectObject) =>
    isRecorded(made, object) ||
    (own || known?.own === true || isTwin(project)) &&
      isOwnProjects(object, directory) &&
      !(isShared && object.kind === "network");
  const ours = all.filter(isOurs);
  return {
    project,
    made: [
      ...ours.map(madeOf),
      ...made.filter(({ kind }) => kind === "image"),
    ],
    foreign: all.filter((object) => !isOurs(object)),
    left: ours.length > 0 ? left : undefined,
  };
}

/**
 * The objects that an ended run, and those before it, have left in its project.
 *
 * @throws {TodoflowError} if the engine does not answer
 */
export async function madeAfter(
  api: EngineApi,
  { owns, before, proof }: {
    owns: Owns;
    before: readonly Made[];
    proof: Proof;
  },
): Promise<Made[]> {
  const images = before.filter(({ kind }) => kind === "image");
  const names = [
    ...owns.images.map(({ name }) => name),
    ...images.map(({ id }) => id),
  ];
  const [objects, found] = await Promise.all([
    observeObjects(api),
    observeImages(api, [...new Set(names)]),
  ]);
  const all = { ...owns, made: [...before, ...owns.made], kept: [] };
  return [
    ...objects.filter((object) => isOwned(object, all, proof)).map(madeOf),
    ...imagesAfter(owns, images, { found, proof }),
  ];
}

/** The images that runs have built: with their present names, or without a name if they have lost it. */
function imagesAfter(
  owns: Owns,
  before: readonly Made[],
  { found, proof }: { found: readonly EngineImage[]; proof: Proof },
): Made[] {
  const isOurs = (id: string) => before.some((image) => image.id === id);
  const named = found.flatMap(({ id, tags }) =>
    tags.filter((tag) => {
      const own = owns.images.find(({ name }) => name === tag);
      // The image that had the name before the run, and that no run has built, belongs to its builder.
      return own !== undefined &&
          (own.before !== id && isBuilt(id, proof) || isOurs(id)) ||
        before.some((image) => image.name === tag && image.id === id);
    }).map((name) => ({ kind: "image" as const, name, id }))
  );
  // An image that a person has renamed goes when it has lost the new name, too.
  const nameless = found.filter(({ id }) =>
    isOurs(id) && !named.some((image) => image.id === id)
  ).map(({ id }) => ({ kind: "image" as const, name: "", id }));
  return [...named, ...nameless];
}
