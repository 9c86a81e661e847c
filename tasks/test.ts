/**
 * `todoflow test`: builds the images and runs the test service.
 *
 * @module
 */

import { LAST_GREEN } from "../lib/cli/flags.ts";
import {
  buildersFor,
  startable,
  startedNames,
  testsFor,
  withDependencies,
} from "../lib/compose/graph.ts";
import { TodoflowError } from "../lib/errors/todoflow_error.ts";
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
    "Starts the dependencies of the test service and runs it; of several test\n" +
    "services in parallel, of which the first failure does not end the others.\n" +
    "Works in a project of its own, so a released application and a developer's\n" +
    "docker compose up go on. Leaves no container, network, volume or image behind.\n" +
    "Reports and logs are in reports/test.",
  flags: [{
    name: "keep",
    short: "k",
    summary: "Keep the containers of failed tests, for inspection",
  }, {
    name: "fail-fast",
    summary: "End the other test services at the first failure",
  }, LAST_GREEN],
  args: "passed to the test service, as docker compose run does",
  plan,
};

function plan(input: PlanInput): Plan {
  const { workflow, flags } = input;
  const keep = flags.has("keep");
  const tests = testsFor(workflow);
  checkArgs(tests, input);
  const names = namesOf(tests);
  const needs = startable(workflow, names, { run: names })
    .filter(({ name }) => !names.includes(name));
  const services = [...tests, ...needs];
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
  const ready = [...fresh, ...needs.map((one) => stepName(one, workflow))];
  const after = [...images.before(), ...ready];
  const before = networkSteps(tests, { ...input, after });
  const owns = newInProject([
    ...namesOfContainers(before.length > 0 ? services : needs),
    ...tests.map((one) => containerOf(one, workflow)),
  ], input);

  return {
    owns,
    guesses: workflow.guesses.filter(({ role }) => role === "test"),
    ...(keep && { leaves: { success: false, failure: true } }),
    steps: [
      ...images.steps,
      ...old,
      ...volumes,
      ...upSteps(needs, {
        ...input,
        images: images.before(),
        fresh,
        after: (service) => needsOf(service, workflow),
        keep,
      }),
      ...before,
      ...tests.map((one) =>
        runStep(one, {
          ...input,
          after: [...images.before(one), ...ready, ...namesOf(before)],
        })
      ),
      removeStep({
        name: "down",
        why: "tests leave nothing behind",
        cleanup: keep ? "success" : "always",
        owns,
      }, input),
    ],
  };
}

/** @throws {TodoflowError} when it is unknown which of several services gets the arguments */
function checkArgs(tests: readonly Service[], { args }: PlanInput): void {
  if (args.length === 0 || tests.length === 1) return;
  throw new TodoflowError({
    kind: "many-tests",
    services: namesOf(tests),
    args,
  });
}

/**
 * The step before several test services, whose parallel `docker compose run` would race to make networks and volumes. The
 * containers that it makes are never started.
 */
function networkSteps(
  tests: readonly Service[],
  { workflow, $, after }: Pick<PlanInput, "workflow" | "$"> & {
    after: readonly string[];
  },
): Step[] {
  return tests.length < 2 ? [] : [
    step(workflow.deadlines.build, {
      name: "networks",
      why: "networks and volumes are there before tests start in parallel",
      after,
      command: $`docker compose create --no-recreate --no-build ${
        namesOf(tests)
      }`,
    }),
  ];
}

/** `docker-compose run test`, with the arguments of the caller. */
function runStep(
  tests: Service,
  { workflow, args, flags, $, after }: Omit<PlanInput, "facts"> & {
    after: readonly string[];
  },
): Step {
  const { name } = tests;
  const { test: { services, run = [], reports }, deadlines } = workflow;
  const container = containerOf(tests, workflow);
  const others = tests.dependsOn.map(({ service }) => service)
    .filter((name) => services.includes(name));
  const isOneOfMany = services.length > 1 && !flags.has("fail-fast");
  return step(deadlines.step, {
    name: runName(name),
    why: "the unit tests must pass in the image that was built",
    after: [...after, ...others.map(runName)],
    ...(isOneOfMany && { failsAlone: true }),
    does: {
      kind: "oneshot",
      service: name,
      container,
      reports,
      // Clean-up removes it: its reports are copied while its network is removed, which takes longer.
      remove: flags.has("keep") ? "success" : "never",
    },
    command:
      $`docker compose run --detach --interactive=false --no-deps --name ${container} ${name} ${run} ${args}`,
  });
}

function namesOfContainers(services: readonly Service[]): string[] {
  return services.map(({ container }) => container);
}

function runName(name: string): string {
  return `run ${name}`;
}

function containerOf({ name }: Service, { project }: Workflow): string {
  return `${project}-${name}-run`;
}

/** The services that `docker compose build` would build, and those that have a role, whatever their profile is. */
function wanted(workflow: Workflow): Service[] {
  const { test, release: { image, acceptance } } = workflow;
  const active = [...workflow.services.values()]
    .filter(({ active }) => active).map(({ name }) => name);
  const roles = [
    ...test.services,
    ...startedNames(workflow),
    ...[image, acceptance].filter((name) => name !== undefined),
  ];
  return withDependencies(workflow, [...roles, ...active]);
}
