/**
 * `todoflow test`: builds the images and runs the test service.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, type Step, step } from "../lib/plan.ts";
import type { Service } from "../lib/service.ts";
import type { Workflow } from "../lib/workflow.ts";
import { imageSteps } from "./images.ts";
import { down, removeSteps } from "./remove.ts";
import { needsOf, serviceOf, stepName, withDependencies } from "./services.ts";
import { upSteps } from "./up.ts";

/** `make test`: `build --pull release`, `build`, `run test`. */
export const test: Target = {
  kind: "plan",
  name: "test",
  summary: "Build the images and run the unit tests",
  details:
    "Pulls the base images and builds every image, so that what is tested and what\n" +
    "is released stand on the same base, starts what the service test depends on\n" +
    "and runs it. Leaves no container, network or volume; a released application\n" +
    "stays up.",
  flags: [],
  args: "handed to the test service, as docker compose run does",
  plan,
};

function plan({ workflow, facts, args, $ }: PlanInput): Plan {
  const { deadlines, project } = workflow;
  const service = serviceOf(workflow, workflow.test.service, "test");
  const needs = withDependencies(workflow, [service.name]).slice(0, -1);
  const container = `${project}-${service.name}-run`;
  const released = facts.existing.has(workflow.release.app);
  const images = imageSteps(wanted(workflow), {
    workflow,
    facts,
    $,
    pull: true,
  });
  const fresh = released ? [] : removeSteps({
    name: "fresh",
    why: "what an earlier run left must not be in the way",
  }, { workflow, facts, $ });
  const afterFresh = fresh.slice(-1).map(({ name }) => name);

  return {
    steps: [
      ...fresh,
      ...images.steps,
      ...upSteps(needs, {
        workflow,
        $,
        images: images.before(),
        fresh: afterFresh,
        after: (service) => needsOf(service, workflow),
        keep: false,
      }),
      step(deadlines.step, {
        name: `run ${service.name}`,
        why: "the unit tests must pass in the image that was built",
        after: [
          ...afterFresh,
          ...images.before(service),
          ...needs.map((other) => stepName(other, workflow)),
        ],
        does: {
          kind: "oneshot",
          service: service.name,
          container,
          reports: workflow.test.reports,
          // Without a released application all goes at the end, this container too, if it has ended.
          remove: released ? "always" : "failure",
        },
        command:
          $`docker compose run --detach --no-deps --name ${container} ${service.name} ${args}`,
      }),
      ...downSteps(needs, { workflow, released, $ }),
    ],
  };
}

/** What `docker compose build` would build, and the services with a role, whatever profile they are in. */
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

type Context = Pick<PlanInput, "workflow" | "$">;

/** Removes what the run made; where an application is released, only what that does not need. */
function downSteps(
  needs: readonly Service[],
  { workflow, released, $ }: Context & { released: boolean },
): Step[] {
  const { deadlines, release } = workflow;
  if (!released) {
    return [step(deadlines.step, {
      name: "down",
      why: "tests leave nothing behind",
      cleanup: "always",
      command: down($, workflow),
    })];
  }
  const kept = new Set(
    withDependencies(workflow, [release.app]).map(({ name }) => name),
  );
  const own = needs.map(({ name }) => name).filter((name) => !kept.has(name));
  if (own.length === 0) return [];
  return [step(deadlines.step, {
    name: "remove",
    why:
      "tests leave nothing of their own behind, and a released application alone",
    cleanup: "always",
    command: $`docker compose rm --stop --force --volumes ${own}`,
  })];
}
