/**
 * `todoflow clean`: removes what test and release made.
 *
 * @module
 */

import type { PlanInput, Target } from "../lib/cli.ts";
import type { Plan } from "../lib/plan.ts";
import { pruneStep, removeStep, wholeProject } from "./remove.ts";

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
    "twice too, and with a broken Compose file.",
  flags: [],
  plan,
};

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const owns = wholeProject(workflow);
  return {
    steps: [
      removeStep({
        name: "down",
        why: "containers, networks, volumes and images of the project go",
        owns,
      }, { workflow, $ }),
      ...(facts.dangling
        ? [pruneStep({ after: ["down"] }, { workflow, $ })]
        : []),
      ...facts.others.flatMap((project) => [
        removeStep({
          name: `down ${project}`,
          why: "this checkout has the project under another name, too",
          owns: wholeProject({ ...workflow, project }),
        }, { workflow, $ }),
        pruneStep({
          name: `prune ${project}`,
          project,
          after: [`down ${project}`],
        }, { workflow, $ }),
      ]),
    ],
    owns,
  };
}
