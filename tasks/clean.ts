/**
 * `todoflow clean`: removes everything that test and release have made.
 *
 * @module
 */

import type { Plan } from "../lib/plan/plan.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import { builtNames, madeBefore, removeStep } from "./remove.ts";

/** `make clean`: `down -v` and the built images, but only what todoflow has made. */
export const clean: PlanTarget = {
  kind: "plan",
  needs: [],
  name: "clean",
  summary: "Remove the application's containers, networks, volumes and images",
  details:
    "Removes the containers, networks, volumes (with their data) and images that the\n" +
    "runs of this checkout have made, and says what it has removed. If the project\n" +
    "has containers, networks or volumes that todoflow has not made, clean names\n" +
    "them and removes nothing (exit code 4). Works at any time, also twice, and\n" +
    "with a broken Compose file.",
  flags: [],
  plan,
};

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const owns = madeBefore(workflow.project, facts.made);
  return {
    steps: [
      removeStep({
        name: "down",
        why: "clean removes what runs of this checkout have made",
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
