/**
 * What earlier runs of a checkout have left in a project, and what there is besides: the difference decides what a target
 * may remove.
 *
 * @module
 */

import type { Docker } from "../engine/docker.ts";
import {
  type EngineImage,
  observeImages,
  observeObjects,
  type ProjectObject,
} from "../engine/objects.ts";
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

/** What is in a project. */
export interface Left {
  project: string;
  /** What runs of this checkout have made. */
  made: readonly Made[];
  /** What no record of this checkout says was made. */
  foreign: readonly ProjectObject[];
  /** What a run has left on purpose. */
  left: ProjectRecord["left"];
  /** Services with a container among what was made. */
  existing: ReadonlySet<string>;
}

/** What {@linkcode leftIn} goes by. */
interface LeftOptions {
  record: ProjectRecord | undefined;
  /** What is on the engine, of whatever project. */
  objects: readonly ProjectObject[];
  /** The folder of the Compose file, without links. */
  directory: string;
  /** Whether the name of the project is todoflow's own: its label is proof, as records of an agent may be lost. */
  own: boolean;
}

/** Tells what is whose in a project. */
export function leftIn(
  project: string,
  { record, objects, directory, own }: LeftOptions,
): Left {
  // Another checkout's record proves nothing here.
  const known = record?.directory === directory ? record : undefined;
  const { made = [], left } = known ?? {};
  const isOurs = (object: ProjectObject) =>
    isRecorded(made, object) ||
    (own || known?.own === true) && isOwnProjects(object, directory);
  const all = objects.filter((object) => object.project === project);
  const ours = all.filter(isOurs);
  return {
    project,
    made: [
      ...ours.map(madeOf),
      ...made.filter(({ kind }) => kind === "image"),
    ],
    foreign: all.filter((object) => !isOurs(object)),
    left: ours.length > 0 ? left : undefined,
    existing: new Set(ours.flatMap(({ service }) => service ?? [])),
  };
}

/**
 * What a run that has ended, and those before it, have left in its project.
 *
 * @throws {TodoflowError} where the engine does not tell
 */
export async function madeAfter(
  docker: Docker,
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
    observeObjects(docker, owns.project),
    observeImages(docker, [...new Set(names)]),
  ]);
  const all = { ...owns, made: [...before, ...owns.made], kept: [] };
  return [
    ...objects.filter((object) => isOwned(object, all, proof)).map(madeOf),
    ...imagesAfter(owns, images, { found, proof }),
  ];
}

/** The images that runs have built: by the names that they have now, and those that have lost theirs. */
function imagesAfter(
  owns: Owns,
  before: readonly Made[],
  { found, proof }: { found: readonly EngineImage[]; proof: Proof },
): Made[] {
  const isOurs = (id: string) => before.some((image) => image.id === id);
  const named = found.flatMap(({ id, tags }) =>
    tags.filter((tag) => {
      const own = owns.images.find(({ name }) => name === tag);
      // An image that had the name before, and that no run has built, is its builder's.
      return own !== undefined &&
          (own.before !== id && isBuilt(id, proof) || isOurs(id)) ||
        before.some((image) => image.name === tag && image.id === id);
    }).map((name) => ({ kind: "image" as const, name, id }))
  );
  // One that has another name now, which a person has given, goes when it has lost that, too.
  const nameless = found.filter(({ id }) =>
    isOurs(id) && !named.some((image) => image.id === id)
  ).map(({ id }) => ({ kind: "image" as const, name: "", id }));
  return [...named, ...nameless];
}
