/**
 * Prints a plan instead of running it, and says why a run would be refused.
 *
 * @module
 */

import type { TodoflowError } from "../errors/todoflow_error.ts";
import { explain } from "../errors/wording.ts";
import { script } from "../plan/script.ts";
import type { Step } from "../plan/plan.ts";
import { checkReports } from "../reports/place.ts";
import { recordKey } from "../state/paths.ts";
import { needs, type PlanTarget } from "../target.ts";
import { planOf } from "./facts.ts";
import { look } from "./look.ts";
import { notice } from "./notice.ts";
import { type Observed, observeEngine } from "./observed.ts";
import { type Prepared, reportOptions, type RunOptions } from "./prepared.ts";
import { foldersOf, foreignIn, refusalOf, sharedBy } from "./refusals.ts";
import { unlessStopped } from "./signals.ts";

/** Prints the plan as shell on stdout; resolves to the exit code. Needs no engine. */
export async function dryRun(
  target: PlanTarget,
  prepared: Prepared,
  options: RunOptions,
): Promise<number> {
  const { world, signals } = options;
  const seen = await unlessStopped(
    look(prepared.api, prepared.surroundings.env)
      // Without an engine, the plan is made for an empty one.
      .catch(() => undefined),
    options,
  );
  const { objects = [], records = new Map() } = seen ?? {};
  const recordOf = async (project: string) =>
    records.get(await recordKey(project, prepared.engine));
  const observed = await unlessStopped(
    observeEngine(target, prepared, { ...options, objects, recordOf }),
    options,
  );
  const { recorded } = await planOf(target, prepared, {
    ...options,
    ...observed,
  });
  const steps = recorded.map(({ step }) => step);
  const record = await recordOf(prepared.workflow.project);
  const refusals = [
    seen && await inTheWay(target, prepared, { ...observed, steps }),
    await refusalOf(foldersOf(target, prepared, { steps, record })),
    needs(target, "workflow")
      ? await refusalOf(
        checkReports(reportOptions(target.name, prepared, signals)),
      )
      : undefined,
  ];
  for (const refused of refusals) {
    if (!refused) continue;
    if (refused.failure.kind === "signal") throw refused;
    const { headline, why } = explain(refused.failure);
    const text = refused.failure.kind === "foreign-reports"
      ? `${headline}: ${why}`
      : headline;
    notice(`a run would be refused: ${text}`, { world });
  }
  const { redactor, exported, reports } = prepared;
  // Before words are quoted: that may change a value so that it is not found.
  const hidden = recorded.map(({ step, argv }) => ({
    step,
    argv: argv.map((word) => redactor.text(word)),
  }));
  world.stdout.write(redactor.text(script(hidden, exported, reports.shown)));
  return 0;
}

/** The refusal because of something on the engine. */
async function inTheWay(
  target: PlanTarget,
  prepared: Prepared,
  observed: Observed & { steps: readonly Step[] },
): Promise<TodoflowError | undefined> {
  return foreignIn(target, prepared, observed) ??
    await sharedBy(target, prepared, observed);
}
