/**
 * `todoflow clean`: removes what test and release made.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import { type Plan, step } from "../lib/plan.ts";
import { removeSteps } from "./remove.ts";

/** `make clean`: `down -v`, and the application's dangling images. */
export const clean: Target = {
  kind: "plan",
  removes: true,
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

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const { deadlines, project, application } = workflow;
  const labels = [
    `com.docker.compose.project=${project}`,
    // Another checkout's project may have the same name, where nobody looks for an application's label.
    ...(application === undefined ? [] : [`application=${application}`]),
  ].flatMap((label) => ["--filter", `label=${label}`]);
  return {
    steps: [
      ...removeSteps({
        name: "down",
        why: "containers, networks, volumes and images of the project go",
        options: ["--rmi", "local"],
      }, { workflow, facts, $ }),
      step(deadlines.step, {
        name: "prune",
        why:
          "images that lost their name to a newer build go, other projects' stay",
        after: ["down"],
        command: $`docker image prune --force ${labels}`,
      }),
    ],
  };
}
