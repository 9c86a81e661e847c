/**
 * `todoflow test`: builds the images and runs the test service.
 *
 * @module
 */

import {
  serviceOf,
  startable,
  withDependencies,
} from "../lib/compose/graph.ts";
import { type Plan, type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { TodoflowError } from "../lib/errors/todoflow_error.ts";
import { imageSteps } from "./images.ts";
import { newInProject, removeStep } from "./remove.ts";
import { namesOf, needsOf, stepName } from "./services.ts";
import { upSteps } from "./up.ts";
import { volumeSteps } from "./volumes.ts";

/** `make test`: `build --pull release`, `build`, `run test`. */
export const test: PlanTarget = {
  kind: "plan",
  name: "test",
  summary: "Build the images and run the unit tests",
  details:
    "Builds every image and pulls the base images, so that tests and release use\n" +
    "the same bases; if one has moved meanwhile, builds and tests again.\n" +
    "Starts the dependencies of the service test and runs it.\n" +
    "Leaves no container, network, volume or image behind; a released application\n" +
    "stays up. Reports and logs are in reports/test.",
  flags: [],
  args: "passed to the test service, as docker compose run does",
  plan,
};

function plan(input: PlanInput): Plan {
  const { workflow } = input;
  const tests = serviceOf(workflow, workflow.test.service, "test");
  const needs = startable(workflow, [tests.name], { run: tests.name })
    .slice(0, -1);
  const services = [tests, ...needs];
  checkBeside(services, input);
  const images = imageSteps(wanted(workflow), {
    ...input,
    pull: true,
    run: services,
  });
  const volumes = volumeSteps(services, {
    ...input,
    after: [],
    kept: input.facts.made,
  });
  const fresh = namesOf(volumes);
  const owns = newInProject([
    ...needs.map(({ container }) => container),
    containerOf(tests, workflow),
  ], input);

  return {
    owns,
    steps: [
      ...images.steps,
      ...volumes,
      ...upSteps(needs, {
        ...input,
        images: images.before(),
        fresh,
        after: (service) => needsOf(service, workflow),
        keep: false,
      }),
      runStep(tests, {
        ...input,
        after: [
          ...fresh,
          ...images.before(tests),
          ...needs.map((other) => stepName(other, workflow)),
        ],
      }),
      removeStep({
        name: "down",
        why: "tests leave nothing behind, and leave alone what was there",
        cleanup: "always",
        owns,
      }, input),
    ],
  };
}

/** `docker-compose run test`, with the arguments of the caller. */
function runStep(
  tests: Service,
  { workflow, args, $, after }: Omit<PlanInput, "facts" | "flags"> & {
    after: readonly string[];
  },
): Step {
  const { name } = tests;
  const container = containerOf(tests, workflow);
  return step(workflow.deadlines.step, {
    name: `run ${name}`,
    why: "the unit tests must pass in the image that was built",
    after,
    does: {
      kind: "oneshot",
      service: name,
      container,
      reports: workflow.test.reports,
      // Clean-up removes it: its reports are copied while its network is removed, which takes longer.
      remove: "never",
    },
    command:
      $`docker compose run --detach --interactive=false --no-deps --name ${container} ${name} ${args}`,
  });
}

function containerOf({ name }: Service, { project }: Workflow): string {
  return `${project}-${name}-run`;
}

/**
 * Checks that the tests share no service and no volume with a release, whose data they would change.
 *
 * @throws {TodoflowError} when they do
 */
function checkBeside(
  services: readonly Service[],
  { workflow, facts }: Pick<PlanInput, "workflow" | "facts">,
): void {
  const there = (name: string | undefined) =>
    facts.made.some((one) => one.kind === "volume" && one.name === name);
  const shared = services.filter(({ name, volumes }) =>
    facts.existing.has(name) ||
    volumes.some((key) => there(workflow.volumes.get(key)?.name))
  ).map(({ name }) => name);
  if (shared.length === 0) return;
  const { version } = facts.left ?? {};
  throw new TodoflowError({
    kind: "release-in-use",
    project: workflow.project,
    services: shared,
    ...(version !== undefined && { version }),
  });
}

/** The services that `docker compose build` would build, and those that have a role, whatever their profile is. */
function wanted(workflow: Workflow): Service[] {
  const { test, release } = workflow;
  const active = [...workflow.services.values()]
    .filter(({ active }) => active).map(({ name }) => name);
  const roles = [
    test.service,
    release.image,
    release.app,
    ...release.setup.map(({ service }) => service),
    ...(release.acceptance === undefined ? [] : [release.acceptance]),
  ];
  return withDependencies(workflow, [...roles, ...active]);
}
