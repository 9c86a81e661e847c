/**
 * The steps of removal, and what a run owns, for all targets.
 *
 * @module
 */

import { PROJECT_LABEL } from "../lib/plan/labels.ts";
import {
  type Owns,
  ownsNothing,
  type Step,
  step,
  type Tag,
} from "../lib/plan/plan.ts";
import { isTwin } from "../lib/plan/twin.ts";
import { namesOfBases } from "./bases.ts";
import { builtNames } from "./builds.ts";
import type { Facts, InProject, PlanInput } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";

/** The part of the stop deadline (ms) that is reserved for the removal, after containers had time to end by themselves. */
const REST = 3_000;

function builtTags(workflow: Workflow, facts: Facts): Tag[] {
  const { images } = facts;
  const called = namesOfBases(workflow, facts);
  return [...new Set([...builtNames(workflow), ...called])].map((name) => {
    const before = images.get(name);
    return { name, ...(before !== undefined && { before }) };
  });
}

/**
 * A run that makes these containers, and the networks, volumes and image names of the project. It keeps everything that
 * earlier runs have made.
 */
export function newInProject(
  containers: readonly string[],
  { workflow, facts }: Pick<PlanInput, "workflow" | "facts">,
): Owns {
  const { project, base, networks, volumes } = workflow;
  return {
    ...{ project, base },
    made: [],
    kept: facts.made,
    containers,
    networks,
    volumes: [...volumes.values()].map(({ name }) => name),
    images: builtTags(workflow, facts),
  };
}

/** A run that removes what earlier runs have made in a project, and makes nothing. */
export function madeBefore({ project, made }: InProject, base: string): Owns {
  return { ...ownsNothing(project), base, made };
}

/** The input of {@linkcode removeStep}. */
export type RemoveInit = Pick<Step, "name" | "why"> & Partial<Step> & {
  /** The objects to remove. */
  owns: Owns;
  /** Whether images stay, for the build that follows. */
  keepsImages?: boolean;
  /** Image names; if given, the step says what it has removed, and which of these images stay. */
  tells?: readonly string[];
};

/** The step that removes what a run owns. */
export function removeStep(
  { owns, keepsImages = false, tells, ...init }: RemoveInit,
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step {
  const { project, deadlines } = workflow;
  const grace = Math.max(1, Math.ceil((deadlines.stop - REST) / 1000));
  const graces = gracesOf(workflow, grace);
  const isHasty = Object.keys(graces).length === 0;
  const other = owns.project === project
    ? []
    : ["--project-name", owns.project];
  const images = keepsImages ? [] : ["--rmi", "local"];
  // The whole project cannot go down if a part of it stays.
  const keepsPart = !isTwin(owns.project) &&
    owns.kept.some(({ kind }) => kind !== "image");
  return step(deadlines.step, {
    ...init,
    does: {
      kind: "remove",
      owns,
      grace,
      keepsImages,
      ...(!isHasty && { graces }),
      ...(tells && { tells }),
    },
    command: keepsPart
      ? $`docker rm --force --volumes ${owns.containers}`
      // Every profile, because `--remove-orphans` leaves the containers of services whose profile is not active.
      : $`docker compose ${other} --profile ${"*"} down --volumes --remove-orphans ${
        isHasty ? ["--timeout", `${grace}`] : []
      } ${images}`,
  });
}

/** The containers of services that may take longer than `grace` (s) to end, with their own time (s). */
function gracesOf(
  { services, deadlines }: Workflow,
  grace: number,
): Record<string, number> {
  // The rest of the step's deadline is for the removal.
  const most = Math.floor(deadlines.step / 2000);
  return Object.fromEntries(
    [...services.values()].flatMap(({ container, stopGrace = 0 }) => {
      const seconds = Math.min(Math.ceil(stopGrace / 1000), most);
      return seconds > grace ? [[container, seconds]] : [];
    }),
  );
}

/** The step that removes images of earlier runs that newer builds have replaced; none if earlier runs had no image. */
export function pruneSteps(
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  const { base, deadlines } = workflow;
  const made = facts.made.filter(({ kind }) => kind === "image")
    // Without a name, so that an image that still has its name stays.
    .map((image) => ({ ...image, name: "" }));
  if (made.length === 0) return [];
  const label = `label=${PROJECT_LABEL}=${base}`;
  return [step(deadlines.step, {
    name: "prune",
    why:
      "images of earlier runs that have lost their name to a newer build are removed",
    cleanup: "always",
    does: {
      kind: "remove",
      owns: madeBefore({ project: base, made }, base),
      grace: 1,
      keepsImages: false,
    },
    command: $`docker image prune --force --filter ${label}`,
  })];
}
