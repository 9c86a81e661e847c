/**
 * What `test` and `release` share about bringing services up: the steps, along the critical path.
 *
 * @module
 */

import { isNeeded, isOneShot } from "../lib/compose/graph.ts";
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

/** What the steps of services are made from. */
interface UpOptions {
  workflow: Workflow;
  $: Shell;
  /** The steps after which the images are there. */
  images: readonly string[];
  /** The steps after which nothing of an earlier run is in the way. */
  fresh: readonly string[];
  /** Names of the steps that a service waits for. */
  after: (service: Service) => readonly string[];
  /** Whether a failed one-shot's container stays. */
  keep: boolean;
}

/**
 * The steps that bring services up, on the critical path: what needs neither a build nor another service starts at once,
 * while images are built; the containers of all others are made by one `docker compose create`. Parallel Compose calls
 * race to make the network, so the one waits for the other. `up --no-deps` without a container that was created before
 * would give it another config hash, so that a later plain `up` would make it anew.
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
 * The step that starts databases and the like, for a build to wait for: their boot is longer than a cached build, which
 * would only slow down their start. Where their images have to be fetched the build does not wait.
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

/** Whether a service needs neither a build nor another service, and is to stay. */
function isRoot({ name, build, dependsOn }: Service, workflow: Workflow) {
  return !build && dependsOn.length === 0 && !isOneShot(name, workflow) &&
    name !== workflow.release.app;
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
      why: `"${name}" can start: what it depends on is there`,
      after: ["create", ...after(service)],
      does: { kind: "start", service: name, container },
      command: startCommand(service, $),
    }),
    gateStep(service, [`start ${name}`], workflow, $),
  ];
}

/** Starts a container that Compose has created; the engine's own command does it in less time, where it can. */
function startCommand(
  { name, container, needsCompose }: Service,
  $: Shell,
): Command {
  return needsCompose
    ? $`docker compose up --detach --no-deps --no-recreate --no-build ${name}`
    : $`docker start ${container}`;
}

/**
 * Whether a service has the image that is built for the app, as a worker has: the port that the image exposes is the
 * app's, and there is no temporary server in it that could answer a health check.
 */
function isBesideApp(
  { name, image, build }: Service,
  { release, services }: Workflow,
): boolean {
  const app = services.get(release.app);
  if (!app?.build || name === app.name) return false;
  return build ? build.key === app.build.key : image === app.image;
}

/** The wait for a service: until it is ready, or, where nobody needs more, until it runs. */
function gateStep(
  service: Service,
  after: readonly string[],
  workflow: Workflow,
  $: Shell,
): Step {
  const { name } = service;
  const needsCheck = isNeeded(name, workflow, "service_healthy");
  const awaited = needsCheck || name === workflow.release.app;
  return gate(service, needsCheck ? "healthy" : awaited ? "ready" : "started", {
    name: stepName(service, workflow),
    why: awaited ? `"${name}" must be ready` : `"${name}" must run`,
    after,
  }, { workflow, $ });
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
      serves: !isBesideApp(service, workflow),
    },
    command:
      $`docker compose up --wait --no-deps --no-recreate --no-build ${name}`,
  });
}
