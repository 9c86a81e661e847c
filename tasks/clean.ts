/**
 * `todoflow clean`: removes what test and release made.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, step } from "../lib/plan.ts";

/** `make clean`: `down -v`, and the application's dangling images. */
export const clean: Target = {
  kind: "plan",
  name: "clean",
  summary: "Remove the application's containers, networks, volumes and images",
  details:
    "Removes the containers of the project (one-off containers too), its networks\n" +
    "and volumes, the images that Compose named for it, and the dangling images that\n" +
    "carry its labels. External networks and volumes stay. May be run at any time,\n" +
    "twice too.",
  flags: [],
  plan,
};

function plan({ workflow, $ }: PlanInput): Plan {
  const { deadlines, project, application } = workflow;
  return {
    steps: [
      step(deadlines.step, {
        name: "down",
        why: "containers, networks, volumes and images of the project go",
        command:
          $`docker compose down --volumes --remove-orphans --rmi local --timeout 5`,
      }),
      step(deadlines.step, {
        name: "prune",
        why:
          "images that lost their name to a newer build go, other projects' stay",
        after: ["down"],
        command:
          $`docker image prune --force --filter label=application=${application} --filter label=com.docker.compose.project=${project}`,
      }),
    ],
  };
}
