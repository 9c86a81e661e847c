/**
 * `todoflow test`: builds the images and runs the test service.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, step } from "../lib/plan.ts";
import type { Service } from "../lib/service.ts";
import type { Workflow } from "../lib/workflow.ts";
import { imageSteps } from "./images.ts";
import {
  hasLeftovers,
  newInProject,
  pruneSteps,
  removeStep,
  wholeProject,
} from "./remove.ts";
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
    "and runs it. Leaves no container, network, volume or image behind; a released\n" +
    "application stays up. Reports and logs are in reports/test.",
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
    run: [service, ...needs],
  });
  const fresh = released || !hasLeftovers(facts) ? [] : [removeStep({
    name: "fresh",
    why: "what an earlier run left must not be in the way",
    owns: wholeProject(workflow),
    keepsImages: true,
  }, { workflow, $ })];
  const afterFresh = fresh.map(({ name }) => name);
  // A released application, and what it needs, stays.
  const kept = released
    ? withDependencies(workflow, [workflow.release.app])
    : [];
  const own = needs.filter((service) => !kept.includes(service))
    .map(({ container }) => container);
  const owns = released
    ? newInProject([...own, container], { workflow, facts })
    : wholeProject(workflow, [
      ...needs.map(({ container }) => container),
      container,
    ]);

  return {
    owns,
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
          // Its reports are copied while its network is removed: that takes longer.
          remove: "never",
        },
        command:
          $`docker compose run --detach --no-deps --name ${container} ${service.name} ${args}`,
      }),
      removeStep({
        name: "down",
        why: released
          ? "tests leave nothing of their own behind, and a released application alone"
          : "tests leave nothing behind",
        cleanup: "always",
        owns,
      }, { workflow, $ }),
      ...pruneSteps({ workflow, facts, $ }),
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
