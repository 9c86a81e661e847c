/**
 * `todoflow clean`: removes what test and release made.
 *
 * @module
 */

import type { Plan } from "../lib/plan/plan.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import { builtNames, madeBefore, removeStep } from "./remove.ts";

/** `make clean`: `down -v`, and the images that were built, of what todoflow has made. */
export const clean: PlanTarget = {
  kind: "plan",
  needs: [],
  name: "clean",
  summary: "Remove the application's containers, networks, volumes and images",
  details:
    "Removes what the runs of this checkout have made and left: containers, networks,\n" +
    "volumes with their data, and the images that they have built. Says what it has\n" +
    "removed. What anything else has made stays; containers, networks and volumes in\n" +
    "the project that todoflow has not made are named, and nothing is removed (exit\n" +
    "code 4). May be run at any time, twice too, and with a broken Compose file.",
  flags: [],
  plan,
};

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const owns = madeBefore(workflow.project, facts.made);
  return {
    steps: [
      removeStep({
        name: "down",
        why: "what runs of this checkout have made goes",
        owns,
        tells: builtNames(workflow),
      }, { workflow, $ }),
      ...facts.others.map(({ project, made }) =>
        removeStep({
          name: `down ${project}`,
          why: "this checkout has the project under another name, too",
          owns: madeBefore(project, made),
          tells: [],
        }, { workflow, $ })
      ),
    ],
    owns,
  };
}
