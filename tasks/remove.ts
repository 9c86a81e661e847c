/**
 * What the targets share about removal: what a run owns, and the steps that take it away.
 *
 * @module
 */

import { engineName } from "../lib/image_name.ts";
import {
  type Made,
  type Owns,
  ownsNothing,
  type Step,
  step,
  type Tag,
} from "../lib/plan/plan.ts";
import type { Facts, PlanInput } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";

/** Of the time until everything must be gone (ms), what containers do not get to end by themselves. */
const REST = 3_000;

/** The names that builds give. */
export function builtNames(
  { services }: Pick<Workflow, "services">,
): string[] {
  const names = [...services.values()].flatMap(({ build, image }) =>
    build ? [image, ...build.tags] : []
  ).map(engineName);
  return [...new Set(names)];
}

function builtTags(workflow: Workflow, { images }: Facts): Tag[] {
  return builtNames(workflow).map((name) => {
    const before = images.get(name);
    return { name, ...(before !== undefined && { before }) };
  });
}

/**
 * What a run makes: these containers, the networks and volumes of the project, the names of images. What earlier runs have
 * made stays.
 */
export function newInProject(
  containers: readonly string[],
  { workflow, facts }: Pick<PlanInput, "workflow" | "facts">,
): Owns {
  const { project, networks, volumes } = workflow;
  return {
    project,
    made: [],
    kept: facts.made,
    containers,
    networks,
    volumes: [...volumes.values()].map(({ name }) => name),
    images: builtTags(workflow, facts),
  };
}

/** What earlier runs have made, and nothing else. */
export function madeBefore(project: string, made: readonly Made[]): Owns {
  return { ...ownsNothing(project), made };
}

/** How {@linkcode removeStep} differs from a step that removes everything that is owned. */
export type RemoveInit = Pick<Step, "name" | "why"> & Partial<Step> & {
  owns: Owns;
  keepsImages?: boolean;
  tells?: readonly string[];
};

/** The step that removes what is owned. */
export function removeStep(
  { owns, keepsImages = false, tells, ...init }: RemoveInit,
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step {
  const { project, deadlines } = workflow;
  const grace = Math.max(1, Math.ceil((deadlines.stop - REST) / 1000));
  const other = owns.project === project
    ? []
    : ["--project-name", owns.project];
  const images = keepsImages ? [] : ["--rmi", "local"];
  // Beside something that stays, the whole project cannot go down.
  const beside = owns.kept.some(({ kind }) => kind !== "image");
  return step(deadlines.step, {
    ...init,
    does: {
      kind: "remove",
      owns,
      grace,
      keepsImages,
      ...(tells && { tells }),
    },
    command: beside
      ? $`docker rm --force --volumes ${owns.containers}`
      // Every profile: `--remove-orphans` leaves the containers of services whose profile is not active.
      : $`docker compose ${other} --profile ${"*"} down --volumes --remove-orphans --timeout ${grace} ${images}`,
  });
}

/** The step that removes the images of earlier runs which have lost their names to newer builds; none where there was no image. */
export function pruneSteps(
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  const { project, deadlines } = workflow;
  const made = facts.made.filter(({ kind }) => kind === "image")
    // Without a name, so that one that has it still stays.
    .map((image) => ({ ...image, name: "" }));
  if (made.length === 0) return [];
  const label = `label=com.docker.compose.project=${project}`;
  return [step(deadlines.step, {
    name: "prune",
    why: "images of earlier runs that have lost their name to a newer build go",
    cleanup: "always",
    does: {
      kind: "remove",
      owns: madeBefore(project, made),
      grace: 1,
      keepsImages: false,
    },
    command: $`docker image prune --force --filter ${label}`,
  })];
}
