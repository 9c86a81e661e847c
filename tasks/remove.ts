/**
 * What all targets share about removing what a project has on the engine.
 *
 * @module
 */

import type { PlanInput } from "../lib/cli.ts";
import { type Command, type Shell, type Step, step } from "../lib/plan.ts";
import type { Workflow } from "../lib/workflow.ts";

/**
 * The steps that remove an earlier run of the project, if it left something; the last one has the name. Everything goes,
 * so that nothing has to outlive what depends on it: all containers stop at once, instead of one after the other.
 *
 * @param init.options further options of `down`, for what is more than a run's leftovers: then it always runs
 */
export function removeSteps(
  init: { name: string; why: string; options?: readonly string[] },
  { workflow, facts, $ }: Pick<PlanInput, "workflow" | "facts" | "$">,
): Step[] {
  const { name, why, options = [] } = init;
  const { deadlines } = workflow;
  if (!facts.leftovers && options.length === 0) return [];
  const stop = [...facts.running];
  return [
    ...(stop.length === 0 ? [] : [
      step(deadlines.step, {
        name: "stop",
        why,
        command: $`docker stop -t ${seconds(deadlines.stop)} ${stop}`,
      }),
    ]),
    step(deadlines.step, {
      name,
      why,
      after: stop.length === 0 ? [] : ["stop"],
      command: down($, workflow, options),
    }),
  ];
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/**
 * Removes the project's containers, networks and volumes. Every profile, because `--remove-orphans` leaves the
 * containers of services whose profile is not active.
 */
export function down(
  $: Shell,
  { deadlines }: Workflow,
  options: readonly string[] = [],
): Command {
  const timeout = seconds(deadlines.stop);
  return $`docker compose --profile ${"*"} down --volumes --remove-orphans --timeout ${timeout} ${options}`;
}
