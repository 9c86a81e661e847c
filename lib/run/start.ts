/**
 * Decides whether a run may begin in the projects that it has locked, and collects what it needs.
 *
 * @module
 */

import type { Proof } from "../engine/owned.ts";
import { type Owns, ownsNothing, type Plan } from "../plan/plan.ts";
import { toShell } from "../plan/script.ts";
import type { CheckedFolder, FolderOptions } from "../reports/checks.ts";
import { checkReports } from "../reports/place.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { stateFolder } from "../state/folder.ts";
import { readRecords } from "../state/list.ts";
import type { Claim } from "../state/lock.ts";
import type { Collected } from "../state/record.ts";
import { needs, type PlanTarget } from "../target.ts";
import { planOf } from "./facts.ts";
import { notice } from "./notice.ts";
import type { Observed } from "./observed.ts";
import { namedFor } from "./paste.ts";
import { type Prepared, reportOptions, type RunOptions } from "./prepared.ts";
import { foldersOf, foreignIn, sharedBy } from "./refusals.ts";
import { unlessStopped } from "./signals.ts";

/** A run whose projects are locked. */
export interface ClaimedOptions extends RunOptions, Observed {
  /** The lock of the target's project, then the locks of other projects from which it removes something. */
  claims: Claim[];
  /** The earlier round of the run, which a base that has moved has ended. */
  earlier?: Earlier;
}

/** A round of a run that has ended without a result. */
export interface Earlier {
  /** Base images that have moved in their registries meanwhile. */
  moved: readonly string[];
  /** Shows the next round, too. */
  reporter: Reporter;
}

/** A run that may begin. */
export interface Start {
  plan: Plan;
  /** The command line of each step by the step's name, as a person would type it. */
  lines: ReadonlyMap<string, string>;
  owns: Owns;
  /** Proves that something on the engine belongs to the run. */
  proof: Proof & { built: Set<string> };
  /** The containers whose logs and reports the run collects. */
  collected: readonly Collected[];
  /** The folders on the host that databases of this checkout's runs have filled, including this run. */
  folders: readonly string[];
  /** The folder of the target's reports. */
  reportsOf: FolderOptions;
  /** That folder as the check has found it; undefined for a target that writes no reports. */
  checked: CheckedFolder | undefined;
  /** When the run begins, in ISO 8601. */
  started: string;
}

/**
 * Makes the plan, and checks for everything that could be in its way.
 *
 * @throws {TodoflowError} when the run must not begin; nothing was changed.
 */
export async function startOf(
  target: PlanTarget,
  prepared: Prepared,
  options: ClaimedOptions,
): Promise<Start> {
  const { world, signals, claims } = options;
  const { planWith, recorded } = await planOf(target, prepared, options);
  const plan = planWith(prepared.$);
  const { steps, owns = ownsNothing(prepared.workflow.project) } = plan;
  const refused = plan.owns && (
    foreignIn(target, prepared, { ...options, steps }) ??
      await unlessStopped(
        sharedBy(target, prepared, { ...options, steps }),
        options,
      )
  );
  if (refused) throw refused;
  if (!needs(target, "workflow")) await tellElsewhere(prepared, options);
  const folders = await unlessStopped(
    foldersOf(target, prepared, { steps, record: claims[0]?.record }),
    options,
  );
  const reportsOf = reportOptions(target.name, prepared, signals);
  const checked = needs(target, "workflow")
    ? await checkReports(reportsOf)
    : undefined;
  const named = namedFor(prepared, world);
  const { own, marks, identity: { directory } } = prepared;
  return {
    ...{ plan, owns, folders, reportsOf, checked },
    lines: new Map(
      recorded.map(({ step, argv }) => [step.name, named + toShell(argv)]),
    ),
    proof: { run: options.run, directory, own, marks, built: new Set() },
    collected: collectedOf(plan),
    started: new Date().toISOString(),
  };
}

/**
 * Names the earlier projects of the checkout that stay: `clean` removes only the project that the Compose file names
 * now.
 */
async function tellElsewhere(
  { surroundings, engine, workflow, others, identity: { directory } }: Prepared,
  { world }: Pick<RunOptions, "world">,
): Promise<void> {
  const names = [workflow.project, ...others.map(({ project }) => project)];
  const records = await readRecords(stateFolder(surroundings.env));
  for (const record of records.values()) {
    const { project, made = [] } = record;
    const isHere = record.directory === directory && record.engine === engine;
    if (!isHere || made.length === 0 || names.includes(project)) continue;
    const command = toShell(["todoflow", "clean", "-p", project]);
    notice(`"${project}" of this checkout stays: ${command}`, { world });
  }
}

/** The containers of a plan whose logs and reports the run collects. */
function collectedOf({ steps }: Plan): Collected[] {
  const all = steps.flatMap(({ does }) =>
    does.kind === "gate"
      ? { container: does.container, service: does.service, reports: [] }
      : does.kind === "oneshot"
      ? does
      : []
  );
  // Several gates may wait for the same container.
  return [...new Map(all.map((one) => [one.container, one])).values()];
}
