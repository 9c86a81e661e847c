/**
 * Proves that an object on the engine belongs to a run. Nothing is removed without this proof.
 *
 * @module
 */

import { FILES_LABEL } from "../plan/labels.ts";
import { isTwin } from "../plan/twin.ts";
import { type ProjectObject, runIn } from "./objects.ts";
import type { Made, Owns } from "../plan/plan.ts";
import type { Inspected } from "./container.ts";
import type { EngineImage } from "./images.ts";

/** The facts about a run that prove its ownership. */
export interface Proof {
  /** The run's id, which the labels of its volumes name. */
  run: string;
  /** The folder of the Compose file, with links resolved: Compose labels containers with it. */
  directory: string;
  /** Until when a dead run was alive, in ms since 1970; absent for a live one. */
  until?: number;
  /** Whether todoflow has chosen the name of the builds' project, so that the label of the project is proof enough. */
  own?: boolean;
  /** Whether a label of the run's containers names the run: otherwise name, folder and time are the proof. */
  marks?: boolean;
  /** IDs of the images that the run has built, as soon as they are known. */
  built?: ReadonlySet<string>;
}

/**
 * How long (ms) the children of a dead run may have gone on making objects. The run in the labels of volumes and
 * containers tells them from objects that a developer makes in that time under the same names.
 */
const OUTLIVED = 10_000;

/** Whether the object is on record. */
export function isRecorded(
  made: readonly Made[],
  { kind, name, id }: ProjectObject,
): boolean {
  return made.some((one) =>
    one.kind === kind && one.id === id && one.name === name && id !== ""
  );
}

/** Whether a run may remove an object. */
export function isOwned(
  object: ProjectObject,
  owns: Owns,
  proof: Proof,
): boolean {
  if (isRecorded(owns.made, object)) return true;
  if (isRecorded(owns.kept, object)) return false;
  // Its own labels do not tell whose it is.
  if (object.hookOf) return isOwned(object.hookOf, owns, proof);
  const { kind, name, id, project, created = 0, run } = object;
  if (project !== owns.project) return false;
  if (kind === "volume") return id === proof.run;
  if (!isTimely(created, proof)) return false;
  if (isTwin(project)) return isOwnProjects(object, proof.directory);
  // The label of a container names its run; a network, which holds no data, has no such label.
  if (run !== undefined && proof.marks && !proof.own) return run === proof.run;
  return owns[`${kind}s`].includes(name) &&
    isOwnProjects(object, proof.directory);
}

/**
 * Whether an object of the project was made from the folder, according to its labels: the proof where todoflow has
 * chosen the name of the project. Only todoflow gives volumes such a label; a network has none, and holds no data.
 */
export function isOwnProjects(
  { kind, directory: from }: ProjectObject,
  directory: string,
): boolean {
  return kind === "network" || from === directory;
}

/** Whether an object was made before a run died or soon after; a later one is not the run's. */
function isTimely(made: number, { until, own }: Proof): boolean {
  return own || until === undefined || made <= until + OUTLIVED;
}

/** Whether the run may have built the image, rather than another build at the same time. */
export function isBuilt(id: string, { built }: Proof): boolean {
  return !built || built.size === 0 || built.has(id);
}

/**
 * The fate of a name: it stays, it goes, or the image that had it before gets it back.
 *
 * @param proof.base the project of the builds
 */
export function fateOf(
  { name, before }: Owns["images"][number],
  images: readonly EngineImage[],
  proof: Proof & { base: string },
):
  | { kind: "stays" }
  | { kind: "goes" }
  | { kind: "back"; from: string; to: string } {
  const now = images.find(({ tags }) => tags.includes(name));
  if (!now || now.id === before) return { kind: "stays" };
  const isKnown = proof.built !== undefined && proof.built.size > 0;
  // An image loaded from a file has no time of naming, and an image of docker build has no project.
  const { project = proof.base } = now;
  const mayBe = isKnown || now.tagged > 0 && project === proof.base;
  if (!mayBe || !isTimely(now.tagged, proof) || !isBuilt(now.id, proof)) {
    return { kind: "stays" };
  }
  return before !== undefined && images.some(({ id }) => id === before)
    ? { kind: "back", from: now.id, to: before }
    : { kind: "goes" };
}

/** The record of an object. */
export function madeOf({ kind, name, id }: ProjectObject): Made {
  return { kind, name, id };
}

/** Whether another run, or a person, has made the container. */
export function isAnothers(
  { Labels }: Inspected["Config"],
  proof: Proof,
): boolean {
  const files = Labels?.[FILES_LABEL];
  return files !== undefined && Boolean(proof.marks) && !proof.own &&
    runIn(files) !== proof.run;
}
