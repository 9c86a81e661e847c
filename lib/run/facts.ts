/**
 * Makes the plan of a target from what was observed.
 *
 * @module
 */

import type { Manner } from "./manner.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";
import type { Recorded } from "../plan/script.ts";
import { checkOrder } from "../plan/cycle.ts";
import { recordingShell } from "../engine/shell.ts";
import type { Facts } from "../target.ts";
import { ordered, type Plan, type Shell } from "../plan/plan.ts";
import type { Earlier, Observed } from "./started.ts";

export interface PlanOptions extends PerformOptions, Observed {
  /** Names the run; absent in a dry run. */
  run?: string;
  /** The round that a base that has moved has ended. */
  earlier?: Earlier;
}

/**
 * Makes the plan, which only records its commands, and its steps with their command lines, in the order in which a person
 * would type them.
 */
export async function planOf(
  manner: Manner,
  prepared: Prepared,
  options: PlanOptions,
): Promise<{ planWith: ($: Shell) => Plan; plan: Plan; recorded: Recorded[] }> {
  const { workflow, version, identity: { directory } } = prepared;
  const { own, others, images, local, bases, publication, run } = options;
  const { flags, values, word, args } = options.request;
  const given = { flags, values, args, ...(word !== undefined && { word }) };
  // Of an older todoflow, in the plain project, if there is none in the twin.
  const released = [own, ...others]
    .find(({ left }) => left?.what === "released");
  const left = released?.left && {
    ...released.left,
    project: released.project,
  };
  const facts: Facts = {
    version,
    ...(publication && { publication }),
    ...(prepared.buildEnv && { buildEnv: prepared.buildEnv }),
    ...(run !== undefined && { run }),
    now: Date.now(),
    images,
    bases,
    ...(local && { local }),
    ...(options.earlier && { isFetched: true }),
    ...{ directory, made: own.made, built: options.built },
    ...(left && { left }),
    others,
  };
  const planWith = ($: Shell) => manner.plan({ workflow, facts, $, ...given });
  const recording = await recordingShell();
  const plan = planWith(recording.$);
  const recorded = await recording.record(stepsOf(plan));
  return { planWith, plan, recorded };
}

/** The steps of a plan in the order in which a person would paste them: clean-up last. */
export function stepsOf({ steps }: Plan) {
  checkOrder(steps);
  return [
    ...ordered(steps.filter(({ cleanup }) => !cleanup)),
    ...steps.filter(({ cleanup }) => cleanup),
  ];
}
