/**
 * What the targets share about removal: what a run owns, and the steps that take it away.
 *
 * @module
 */

import type { PlanInput } from "../lib/cli.ts";
import { type Owns, type Step, step } from "../lib/plan.ts";
import type { Facts, Workflow } from "../lib/workflow.ts";

/** Of the time until everything must be gone (ms), what containers do not get to end by themselves. */
const REST = 3_000;

/** Everything that carries the project's label, and these containers, which are about to be made in it. */
export function wholeProject(
  { project, services, networks, volumes }: Workflow,
  containers: readonly string[] = [],
): Owns {
  return {
    project,
    whole: true,
    containers,
    networks,
    volumes,
    images: builtImages({ services }),
  };
}

/** Names of the images that are built. */
function builtImages({ services }: Pick<Workflow, "services">): string[] {
  const built = [...services.values()].filter(({ build }) => build);
  return [...new Set(built.map(({ image }) => image))];
}

/** What of the project is not there yet, with these containers: what a run beside a released application makes. */
export function newInProject(
  containers: readonly string[],
  { workflow, facts }: Pick<PlanInput, "workflow" | "facts">,
): Owns {
  const { project, networks, volumes } = workflow;
  return {
    project,
    whole: false,
    containers,
    networks: networks.filter((name) => !facts.networks.has(name)),
    volumes: volumes.filter((name) => !facts.volumes.has(name)),
    images: builtImages(workflow).filter((name) => !facts.images.has(name)),
  };
}

/** Whether the project has something on the engine, an earlier run's or a plain `docker compose up`'s. */
export function hasLeftovers({ existing, networks, volumes }: Facts): boolean {
  return existing.size + networks.size + volumes.size > 0;
}

/** How {@linkcode removeStep} differs from a step that removes a whole project and its images. */
export type RemoveInit = Pick<Step, "name" | "why"> & Partial<Step> & {
  owns: Owns;
  keepsImages?: boolean;
};

/** The step that removes what is owned. */
export function removeStep(
  { owns, keepsImages = false, ...init }: RemoveInit,
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step {
  const { project, deadlines } = workflow;
  const grace = Math.max(1, Math.ceil((deadlines.stop - REST) / 1000));
  const other = owns.project === project
    ? []
    : ["--project-name", owns.project];
  const images = keepsImages ? [] : ["--rmi", "local"];
  return step(deadlines.step, {
    ...init,
    does: { kind: "remove", owns, grace, keepsImages },
    command: owns.whole
      // Every profile: `--remove-orphans` leaves the containers of services whose profile is not active.
      ? $`docker compose ${other} --profile ${"*"} down --volumes --remove-orphans --timeout ${grace} ${images}`
      : $`docker rm --force --volumes ${owns.containers}`,
  });
}

/**
 * The step that removes images which lost their name to a newer build. Only those of the project: another checkout's may
 * be of the same application.
 */
export function pruneStep(
  init: Partial<Step> & { project?: string },
  { workflow, $ }: Pick<PlanInput, "workflow" | "$">,
): Step {
  const { project = workflow.project, ...rest } = init;
  const { application, deadlines } = workflow;
  const labels = [
    `com.docker.compose.project=${project}`,
    // Where nobody says what the application's label is, none is looked for.
    ...(application === undefined ? [] : [`application=${application}`]),
  ].flatMap((label) => ["--filter", `label=${label}`]);
  return step(deadlines.step, {
    name: "prune",
    why:
      "images that lost their name to a newer build go, other projects' stay",
    command: $`docker image prune --force ${labels}`,
    ...rest,
  });
}

/** The clean-up of images that lost their name to this run's; none where there was no image before. */
export function pruneSteps(
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  return builtImages(workflow).some((name) => facts.images.has(name))
    ? [pruneStep({ cleanup: "always" }, { workflow, $ })]
    : [];
}
