/**
 * Finds what a run owns on the engine: containers, networks, volumes, and names of images.
 *
 * @module
 */

import { allEnded } from "../pause.ts";
import type { Owns } from "../plan/plan.ts";
import { fateOf, isOwned, type Proof } from "./owned.ts";
import { observeObjects, observeUsers, type ProjectObject } from "./objects.ts";
import { engineName } from "../image_name.ts";
import type { EngineApi } from "./api.ts";
import { type EngineImage, observeImages } from "./images.ts";

/** The objects on the engine that the run owns. */
export interface Found {
  containers: readonly ProjectObject[];
  networks: readonly ProjectObject[];
  volumes: readonly ProjectObject[];
  images: readonly ImageRemoval[];
}

/**
 * The removal of an image: of one of its names, of a name that goes back to an older image, or of an image without a
 * name.
 */
export type ImageRemoval =
  | { kind: "untag"; name: string }
  | { kind: "back"; name: string; from: string; to: string }
  | { kind: "drop"; id: string };

/** Options of {@linkcode findOwned}. */
interface FindOptions {
  proof: Proof;
  /** Whether to skip images. */
  keepsImages: boolean;
  /** Images that stay because another container uses them; those that are found are added. */
  stay: Set<string>;
}

/**
 * Finds the objects that the run owns.
 *
 * @throws {TodoflowError} with the engine's reason if it does not answer
 */
export async function findOwned(
  api: EngineApi,
  owns: Owns,
  { keepsImages, proof, stay }: FindOptions,
): Promise<Found> {
  const names = owns.images.flatMap(({ name, before }) => before ?? name);
  const made = owns.made.filter(({ kind }) => kind === "image");
  const wanted = [
    ...owns.images.map(({ name }) => name),
    ...names,
    ...made.flatMap(({ name, id }) => name === "" ? [id] : [name, id]),
  ];
  const [objects, images, users] = await allEnded([
    ownsObjects(owns) ? observeObjects(api) : [],
    keepsImages ? [] : observeImages(api, [...new Set(wanted)]),
    keepsImages || wanted.length === 0 ? [] : observeUsers(api),
  ]);
  const own = objects.filter((object) => isOwned(object, owns, proof));
  // The engine removes each name of an image but the last one, even if a container was made with that name.
  const used = users.flatMap(({ id, image }) =>
    own.some((object) => object.id === id) ? [] : engineName(image)
  );
  wanted.filter((name) => used.includes(name))
    .forEach((name) => stay.add(name));
  const of = (kind: ProjectObject["kind"]) =>
    own.filter((object) => object.kind === kind);
  return {
    containers: of("container"),
    networks: of("network"),
    volumes: of("volume"),
    images: [
      ...tagged(owns, images, proof),
      ...recorded(made, images),
    ].filter((image) =>
      !stay.has(image.kind === "drop" ? image.id : image.name)
    ),
  };
}

/** The found objects, each as "kind name". */
export function namesOf({ images, ...objects }: Found): string[] {
  return [
    ...Object.values(objects).flat().map(({ kind, name }) => `${kind} ${name}`),
    ...images.map((image) =>
      `image ${image.kind === "drop" ? image.id : image.name}`
    ),
  ];
}

/** Whether nothing was found. */
export function isNothing(found: Found): boolean {
  return Object.values(found).every(({ length }) => length === 0);
}

/** Whether the run can own objects other than images. */
function ownsObjects({ made, containers, networks, volumes }: Owns): boolean {
  return made.some(({ kind }) => kind !== "image") ||
    [containers, networks, volumes].some(({ length }) => length > 0);
}

/** The removals of the names that the run's builds have given. */
function tagged(
  { images: tags, project, base = project }: Owns,
  images: readonly EngineImage[],
  proof: Proof,
): ImageRemoval[] {
  return tags.flatMap((tag): ImageRemoval[] => {
    const { name } = tag;
    const fate = fateOf(tag, images, { ...proof, base });
    return fate.kind === "stays"
      ? []
      : fate.kind === "goes"
      ? [{ kind: "untag", name }]
      : [{ ...fate, name }];
  });
}

/** The removals of images that earlier runs have built: a name goes while it belongs to the recorded image. */
function recorded(
  made: Owns["made"],
  images: readonly EngineImage[],
): ImageRemoval[] {
  const found = made.flatMap(({ name, id }): ImageRemoval[] => {
    const image = images.find((image) => image.id === id);
    if (image?.tags.includes(name)) return [{ kind: "untag", name }];
    return image && image.tags.length === 0 ? [{ kind: "drop", id }] : [];
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}
