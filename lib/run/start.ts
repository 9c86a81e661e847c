/**
 * Decides whether a run may begin in the projects that it has locked, and collects what it needs.
 *
 * @module
 */

import { ownsNothing, type Plan } from "../plan/plan.ts";
import type { Collected } from "../state/record.ts";
import { planOf } from "./facts.ts";
import { lacking } from "./lacking.ts";
import { guessesBefore, lastGreenOf } from "./last_green.ts";
import type { Manner } from "./manner.ts";
import { typedFor } from "./paste.ts";
import { type Prepared, reportOptions } from "./prepared.ts";
import { unlessStopped } from "./signals.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/**
 * Makes the plan, and checks for everything that could be in its way.
 *
 * @throws {TodoflowError} when the run must not begin; nothing was changed.
 */
export async function startOf(
  manner: Manner,
  prepared: Prepared,
  options: ClaimedOptions,
): Promise<Start> {
  const { world, signals, claims } = options;
  const { planWith, recorded } = await planOf(manner, prepared, options);
  const plan = planWith(prepared.$);
  const { steps, owns = ownsNothing(prepared.workflow.project) } = plan;
  const { name: target } = manner;
  const lacks = await unlessStopped(
    lacking(prepared, { ...options, steps }),
    options,
  );
  if (lacks) throw lacks;
  const refused = plan.owns && await unlessStopped(
    manner.inTheWay(prepared, { ...options, target, steps, host: world.host }),
    options,
  );
  if (refused) throw refused;
  await manner.tellElsewhere(prepared, options);
  const folders = await unlessStopped(
    manner.folders(prepared, { target, steps, record: claims[0]?.record }),
    options,
  );
  const reportsOf = reportOptions(target, prepared, signals);
  const checked = await manner.checkReports(reportsOf);
  const { folder } = reportsOf;
  const typed = typedFor(prepared, { world, folder });
  const { own, marks, identity: { directory } } = prepared;
  return {
    ...{ plan, owns, folders, reportsOf, checked },
    lines: new Map(
      recorded.map(({ step, argv }) => [step.name, typed(argv)]),
    ),
    proof: { run: options.run, directory, own, marks, built: new Set() },
    collected: collectedOf(plan, target),
    before: await guessesBefore(prepared, {
      ...{ plan, target, folder: reportsOf.folder },
    }),
    lastGreen: await lastGreenOf(options),
    started: new Date().toISOString(),
  };
}

/** The containers of a plan whose logs and reports the run collects. */
function collectedOf({ steps }: Plan, target: string): Collected[] {
  const all = steps.flatMap(({ does }): Collected[] => {
    if (does.kind !== "gate" && does.kind !== "oneshot") return [];
    const { container, service } = does;
    const reports = does.kind === "gate" ? [] : does.reports;
    return [{
      ...{ container, service, reports: reports ?? [] },
      ...(!reports && { finds: `x-todoflow.${target}.reports` }),
    }];
  });
  // Several gates may wait for the same container.
  return [...new Map(all.map((one) => [one.container, one])).values()];
}
