/**
 * What on the engine is a run's: the proof, without which nothing is removed.
 *
 * @module
 */

import { FILES_LABEL } from "../plan/labels.ts";
import { type EngineImage, type ProjectObject, runIn } from "./objects.ts";
import type { Made, Owns } from "../plan/plan.ts";
import type { Inspected } from "./container.ts";

/** What is known of a run besides what it owns. */
export interface Proof {
  /** The run's id, which the labels of its volumes name. */
  run: string;
  /** The folder of the Compose file, without links: Compose labels containers with it. */
  directory: string;
  /** Until when a run that has died was alive, in ms since 1970; absent for one that goes on. */
  until?: number;
  /** Whether the name of the project is todoflow's own, so that its label is proof enough. */
  own?: boolean;
  /** Whether the run's containers have its name in a label: else name, folder and time are the proof. */
  marks?: boolean;
  /** IDs of the images that the run has built, as soon as they are known. */
  built?: ReadonlySet<string>;
}

/**
 * How long (ms) after the death of a run its children may have gone on making something. What a developer makes in that
 * time under the same names is told apart by the run in the labels of volumes and containers.
 */
const OUTLIVED = 10_000;

/** Whether a record says that the object was made. */
export function isRecorded(
  made: readonly Made[],
  { kind, name, id }: ProjectObject,
): boolean {
  return made.some((one) =>
    one.kind === kind && one.id === id && one.name === name && id !== ""
  );
}

/** Whether a run may remove an object of its project. */
export function isOwned(
  object: ProjectObject,
  owns: Owns,
  proof: Proof,
): boolean {
  if (isRecorded(owns.made, object)) return true;
  if (isRecorded(owns.kept, object)) return false;
  const { kind, name, id, created = 0, run } = object;
  if (kind === "volume") {
    return id === proof.run ||
      Boolean(proof.own) && id === "" && owns.volumes.includes(name);
  }
  // A container tells who has made it; a network, which holds no data, does not.
  if (run !== undefined && proof.marks && !proof.own) return run === proof.run;
  const isNamed = owns[`${kind}s`].includes(name);
  return isNamed && isOwnProjects(object, proof.directory) &&
    isTimely(created, proof);
}

/**
 * Whether an object of the project was made from the folder, as far as it tells: the proof where the name of the project is
 * todoflow's own.
 */
export function isOwnProjects(
  object: ProjectObject,
  directory: string,
): boolean {
  return object.kind !== "container" || object.directory === directory;
}

/** Whether something was made before a run had died, or soon after: later it is not the run's. */
function isTimely(made: number, { until, own }: Proof): boolean {
  return own || until === undefined || made <= until + OUTLIVED;
}

/** Whether an image may be one that the run has built; what another build has made meanwhile is not. */
export function isBuilt(id: string, { built }: Proof): boolean {
  return !built || built.size === 0 || built.has(id);
}

/**
 * What becomes of a name: nothing, it goes, or the image that had it before gets it back.
 *
 * @param proof.project whose builds are meant
 */
export function fateOf(
  { name, before }: Owns["images"][number],
  images: readonly EngineImage[],
  proof: Proof & { project: string },
):
  | { kind: "stays" }
  | { kind: "goes" }
  | { kind: "back"; from: string; to: string } {
  const now = images.find(({ tags }) => tags.includes(name));
  if (!now || now.id === before) return { kind: "stays" };
  const isKnown = proof.built !== undefined && proof.built.size > 0;
  // An image that was loaded from a file has no time at which it got its name, and one of docker build no project.
  const { project = proof.project } = now;
  const mayBe = isKnown || now.tagged > 0 && project === proof.project;
  if (!mayBe || !isTimely(now.tagged, proof) || !isBuilt(now.id, proof)) {
    return { kind: "stays" };
  }
  return before !== undefined && images.some(({ id }) => id === before)
    ? { kind: "back", from: now.id, to: before }
    : { kind: "goes" };
}

/** An object as a record has it. */
export function madeOf({ kind, name, id }: ProjectObject): Made {
  return { kind, name, id };
}

/** Whether a container was made by another run, or by a person. */
export function isAnothers(
  { Labels }: Inspected["Config"],
  proof: Proof,
): boolean {
  const files = Labels?.[FILES_LABEL];
  return files !== undefined && Boolean(proof.marks) && !proof.own &&
    runIn(files) !== proof.run;
}
