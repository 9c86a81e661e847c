/**
 * The steps that bring services up, along the critical path, for `test` and `release`.
 *
 * @module
 */

import { buildOf, isApp, isNeeded, isOneShot } from "../lib/compose/graph.ts";
import { engineName } from "../lib/image_name.ts";
import {
  type Command,
  type Needs,
  type Shell,
  type Step,
  step,
} from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { namesOf, stepName } from "./services.ts";

/** The input of {@linkcode upSteps}. */
interface UpOptions {
  workflow: Workflow;
  $: Shell;
  /** The steps after which the images are there. */
  images: readonly string[];
  /** The steps that remove an earlier release and make volumes. */
  fresh: readonly string[];
  /** Names of the steps that a service waits for. */
  after: (service: Service) => readonly string[];
  /** Whether the container of a failed one-shot stays. */
  keep: boolean;
}

/**
 * The steps that bring services up. A service that needs neither a build nor another service starts at once, while images
 * are built; one `docker compose create` makes the containers of all others. It waits for that `up`, because parallel
 * Compose calls race to make the network. Each container is created first, because `up --no-deps` would give a new one
 * another config hash, so that a later plain `up` would replace it.
 */
export function upSteps(
  services: readonly Service[],
  options: UpOptions,
): Step[] {
  const { workflow, $, images, fresh } = options;
  const roots = services.filter((service) => isRoot(service, workflow));
  const others = services.filter((service) => !roots.includes(service));
  const after = [...fresh, ...images];
  return [
    ...(roots.length === 0 ? [] : [
      step(workflow.deadlines.build, {
        name: "up",
        why: `${quoted(roots)} can start while images are built`,
        after: fresh,
        command: $`docker compose up --detach --no-recreate --no-build ${
          namesOf(roots)
        }`,
      }),
    ]),
    ...(others.length === 0 ? [] : [
      step(workflow.deadlines.build, {
        name: "create",
        why:
          "networks, volumes and containers are made before anything else starts",
        after: roots.length === 0 ? after : [...after, "up"],
        command: $`docker compose create --no-recreate --no-build ${
          namesOf(others)
        }`,
      }),
    ]),
    ...roots.map((service) => gateStep(service, ["up"], workflow, $)),
    ...others.flatMap((service) =>
      isOneShot(service.name, workflow)
        ? [oneShotStep(service, options)]
        : startSteps(service, options)
    ),
  ];
}

/**
 * The step that starts databases and the like, if the build should wait for it: a database boots longer than a cached
 * build takes, and the build would only slow down its start. The build does not wait if their images must be fetched.
 */
export function quickStart(
  services: readonly Service[],
  { workflow, facts }: Pick<PlanInput, "workflow" | "facts">,
): string[] {
  const roots = services.filter((service) => isRoot(service, workflow));
  return roots.length > 0 &&
      roots.every(({ image }) => facts.images.has(engineName(image)))
    ? ["up"]
    : [];
}

/** Whether a service needs neither a build nor another service, not even for its hooks, and stays. */
function isRoot(service: Service, workflow: Workflow) {
  const { name, dependsOn, hooks } = service;
  return !buildOf(service, workflow) && dependsOn.length === 0 &&
    hooks.length === 0 &&
    !isOneShot(name, workflow) && !isApp(name, workflow);
}

function quoted(services: readonly Service[]): string {
  return services.map(({ name }) => `"${name}"`).join(", ");
}

function oneShotStep(
  service: Service,
  { workflow, $, after, keep }: UpOptions,
): Step {
  const { name, container } = service;
  return step(workflow.deadlines.step, {
    name: stepName(service, workflow),
    why: `"${name}" is a one-shot that must succeed`,
    after: ["create", ...after(service)],
    does: {
      kind: "oneshot",
      service: name,
      container,
      ...hooksIn(service),
      reports: name === workflow.release.acceptance
        ? workflow.release.reports
        : [],
      remove: keep ? "success" : "always",
    },
    command: startCommand(service, $),
  });
}

function startSteps(
  service: Service,
  { workflow, $, after }: UpOptions,
): Step[] {
  const { name, container } = service;
  return [
    step(workflow.deadlines.step, {
      name: `start ${name}`,
      why: `"${name}" can start: its dependencies are there`,
      after: ["create", ...after(service)],
      does: { kind: "start", service: name, container, ...hooksIn(service) },
      command: startCommand(service, $),
    }),
    gateStep(service, [`start ${name}`], workflow, $),
  ];
}

function hooksIn({ hooks }: Service): { hooks?: true } {
  return hooks.length > 0 ? { hooks: true } : {};
}

/** Starts a container that Compose has created: by the engine's own command, which is faster, unless Compose is needed. */
function startCommand(
  { name, container, needsCompose }: Service,
  $: Shell,
): Command {
  return needsCompose
    ? $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`
    : $`docker start ${container}`;
}

/**
 * Whether a service runs the image that is built for the app, as a worker does. It need not listen on the port that the
 * image exposes, and it has no temporary server that could answer a health check too early.
 */
function isBesideApp(service: Service, workflow: Workflow): boolean {
  const { name, image, build } = service;
  if (isApp(name, workflow)) return false;
  return workflow.release.apps.some((one) => {
    const app = workflow.services.get(one.service);
    if (!app?.build) return false;
    return build ? build.key === app.build.key : image === app.image;
  });
}

/** The wait for a service: until it is ready, or only until it runs if no other service needs its health. */
function gateStep(
  service: Service,
  after: readonly string[],
  workflow: Workflow,
  $: Shell,
): Step {
  const { name } = service;
  const needsCheck = isNeeded(name, workflow, "service_healthy");
  const awaited = needsCheck || isApp(name, workflow);
  return gate(service, needsCheck ? "healthy" : awaited ? "ready" : "started", {
    name: stepName(service, workflow),
    why: awaited ? `"${name}" must be ready` : `"${name}" must run`,
    after,
  }, { workflow, $ });
}

/** Whether a service may end with exit code 0: as for Compose, all may that no other one needs healthy, except apps. */
function mayEnd(name: string, workflow: Workflow): boolean {
  return !isApp(name, workflow) && !isNeeded(name, workflow, "service_healthy");
}

/** A step that waits for a service. */
export function gate(
  service: Service,
  needs: Needs,
  init: Pick<Step, "name" | "why" | "after">,
  { workflow, $ }: Pick<UpOptions, "workflow" | "$">,
): Step {
  const { name, container } = service;
  return step(workflow.deadlines.ready, {
    ...init,
    does: {
      kind: "gate",
      service: name,
      container,
      needs,
      ...(mayEnd(name, workflow) && { mayEnd: true }),
      ...(isApp(name, workflow) && { staysUp: true }),
      ...(workflow.release.ending.includes(name) && { ends: true }),
      ...(!isNeeded(name, workflow, "service_started") && { isAlone: true }),
      serves: !isBesideApp(service, workflow),
    },
    command:
      $`docker compose up --wait --no-deps --no-recreate --no-build ${name}`,
  });
}
