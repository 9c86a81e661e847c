/**
 * `todoflow clean`: removes everything that test and release have made.
 *
 * @module
 */

import type { Plan } from "../lib/plan/plan.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";
import { builtNames } from "./builds.ts";
import { madeBefore, removeStep } from "./remove.ts";

/** `make clean`: `down -v` and the built images, but only what todoflow has made. */
export const clean: PlanTarget = {
  kind: "plan",
  needs: [],
  name: "clean",
  summary: "Remove the application's containers, networks, volumes and images",
  details:
    "Removes the containers, networks, volumes (with their data) and images that the\n" +
    "runs of this checkout have made, and says what it has removed. The objects of a\n" +
    "developer's docker compose up stay. Works at any time, also twice, and with a\n" +
    "broken Compose file.",
  flags: [],
  plan,
};

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const { project, base } = workflow;
  const { made, others } = facts;
  const own = { project, made };
  const places = [
    // Something must say that there was nothing to remove.
    ...(made.length > 0 || others.length === 0 ? [own] : []),
    ...others,
  ];
  return {
    steps: places.map((place, i) =>
      removeStep({
        name: place === own ? "down" : `down ${place.project}`,
        why: place === own
          ? "clean removes what runs of this checkout have made"
          : "this checkout has the project under another name, too",
        owns: madeBefore(place, i === 0 ? base : place.project),
        tells: i === 0 ? builtNames(workflow) : [],
      }, { workflow, $ })
    ),
    owns: madeBefore(own, base),
  };
}
