/**
 * `todoflow test`: builds the images and runs the test service.
 *
 * @module
 */

import {
  buildersFor,
  serviceOf,
  startable,
  withDependencies,
} from "../lib/compose/graph.ts";
import { type Plan, type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import type { Workflow } from "../lib/compose/workflow.ts";
import { freshSteps } from "./earlier.ts";
import { imageSteps } from "./images.ts";
import { newInProject, removeStep } from "./remove.ts";
import { namesOf, needsOf, stepName } from "./services.ts";
import { upSteps } from "./up.ts";
import { volumeSteps } from "./volumes.ts";

/** `make test`: `build --pull release`, `build`, `run test`. */
export const test: PlanTarget = {
  kind: "plan",
  twin: "test",
  name: "test",
  summary: "Build the images and run the unit tests",
  details:
    "Builds every image and pulls the base images, so that tests and release use\n" +
    "the same bases; if one has moved meanwhile, builds and tests again.\n" +
    "Starts the dependencies of the service test and runs it.\n" +
    "Works in a project of its own, so a released application and a developer's\n" +
    "docker compose up go on. Leaves no container, network, volume or image behind.\n" +
    "Reports and logs are in reports/test.",
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
  const used = [...services, ...buildersFor(services, workflow)];
  const images = imageSteps([...wanted(workflow), ...used], {
    ...input,
    pull: true,
    run: used,
  });
  // Of a test that was killed, and that no record names.
  const old = freshSteps([], input);
  const volumes = volumeSteps(services, { ...input, after: namesOf(old) });
  const fresh = namesOf([...old, ...volumes]);
  const owns = newInProject([
    ...needs.map(({ container }) => container),
    containerOf(tests, workflow),
  ], input);

  return {
    owns,
    steps: [
      ...images.steps,
      ...old,
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
        why: "tests leave nothing behind",
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
