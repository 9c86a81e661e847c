/**
 * How `release` replaces an earlier release of the checkout: the earlier one is removed only when the new one has all
 * that it needs.
 *
 * @module
 */

import type { Service } from "../lib/compose/service.ts";
import { engineName } from "../lib/image_name.ts";
import { type Made, type Step, step } from "../lib/plan/plan.ts";
import { age } from "../lib/text/units.ts";
import type { Facts, InProject, PlanInput } from "../lib/target.ts";
import { madeBefore, removeStep } from "./remove.ts";
import { namesOf } from "./services.ts";

/** Whether earlier runs of the checkout have left containers, networks or volumes. */
export function hasEarlier(
  input: Pick<PlanInput, "workflow" | "facts">,
): boolean {
  return earlierIn(input).length > 0;
}

/** The containers, networks and volumes that earlier runs have left, by project; builds take over the images. */
function earlierIn(
  { workflow: { project }, facts: { made, others } }: Pick<
    PlanInput,
    "workflow" | "facts"
  >,
): InProject[] {
  return [{ project, made }, ...others].map(({ project, made }) => ({
    project,
    made: made.filter(({ kind }) => kind !== "image"),
  })).filter(({ made }) => made.length > 0);
}

/** The step that fetches the images that are neither here nor built, while an earlier release goes on answering. */
export function fetchSteps(
  used: readonly Service[],
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  // A worker may run the image that is built for the app.
  const built = used.flatMap(({ build, built, image }) =>
    build ? [built, image, ...build.tags] : []
  ).map(engineName);
  const absent = used.filter(({ build, image }) => {
    const name = engineName(image);
    return !build && !facts.images.has(name) && !built.includes(name);
  });
  if (!hasEarlier({ workflow, facts }) || absent.length === 0) return [];
  return [step(workflow.deadlines.build, {
    name: "fetch",
    why: "an earlier release is removed only when all images are there",
    command: $`docker compose pull --quiet ${[...new Set(namesOf(absent))]}`,
  })];
}

/** The steps that remove an earlier release, after the steps that bring the images of the new one. */
export function freshSteps(
  after: readonly string[],
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  return earlierIn({ workflow, facts }).map((place) => {
    const { project, made } = place;
    return removeStep({
      name: project === workflow.project ? "fresh" : `fresh ${project}`,
      why: `removes ${earlier(project, facts)}${dataOf(made)}`,
      after,
      owns: madeBefore(place, workflow.base),
      keepsImages: true,
    }, { workflow, $ });
  });
}

/** The leftovers of earlier runs in a project, in words, such as "release 7a356f0 of 4 min ago". */
function earlier(project: string, { left, now }: Facts): string {
  if (left?.project !== project) return "what an earlier run has left";
  const version = left.version === undefined ? "" : ` ${left.version}`;
  const before = age(now - Date.parse(left.since), { long: true });
  return `release${version} of ${before} ago`;
}

/** The volumes that are removed with it, in words: their data is lost. */
function dataOf(made: readonly Made[]): string {
  const names = made.filter(({ kind }) => kind === "volume")
    .map(({ name }) => name);
  return names.length === 0
    ? ""
    : ` and its volume${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
}
