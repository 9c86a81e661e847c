/**
 * Prints a plan instead of running it, and says why a run would be refused.
 *
 * @module
 */

import { OVERRIDE } from "../artifacts/files.ts";
import { composeFileEnv } from "../compose/environment.ts";
import { explain } from "../errors/wording.ts";
import type { Plan } from "../plan/plan.ts";
import { type Recorded, script } from "../plan/script.ts";
import { noCommand, plainLine } from "../text/plain_line.ts";
import { recordKey } from "../state/paths.ts";
import { planOf } from "./facts.ts";
import { lacking } from "./lacking.ts";
import { look } from "./look.ts";
import type { Manner } from "./manner.ts";
import { notice } from "./notice.ts";
import { observeEngine } from "./observe.ts";
import { type Prepared, reportOptions, type RunOptions } from "./prepared.ts";
import { refusalOf } from "./refusals.ts";
import { unlessStopped } from "./signals.ts";

/** Prints the plan as shell on stdout; resolves to the exit code. Needs no engine. */
export async function dryRun(
  manner: Manner,
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
    observeEngine(manner, prepared, {
      ...{ ...options, objects, recordOf },
      peek: recordOf,
    }),
    options,
  );
  const { plan, recorded } = await planOf(manner, prepared, {
    ...options,
    ...observed,
  });
  const { name: target } = manner;
  const steps = recorded.map(({ step }) => step);
  const record = await recordOf(prepared.workflow.project);
  const refusals = [
    await lacking(prepared, { ...options, steps }),
    seen && await manner.inTheWay(prepared, {
      ...{ ...observed, target, steps },
      host: world.host,
    }),
    await refusalOf(manner.folders(prepared, { target, steps, record })),
    await refusalOf(
      manner.checkReports(reportOptions(target, prepared, signals)),
    ),
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
  world.stdout.write(remarks(plan) + shown(recorded, prepared, target));
  return 0;
}

/** The decisions about roles, and what the run would remark, as comments. */
function remarks({ guesses = [], notes = [] }: Plan): string {
  const lines = [
    ...guesses.map(({ role, service, reason }) =>
      `${role}: ${service} (${reason})`
    ),
    ...notes,
  ].map((line) => `# ${noCommand(plainLine(line, { color: false }))}\n`);
  return lines.join("") + (lines.length > 0 ? "\n" : "");
}

/** The plan as shell, without the values of secrets. */
function shown(
  recorded: readonly Recorded[],
  { redactor, reports, override, files, exported }: Prepared,
  target: string,
): string {
  const file = `${reports.shown}/${target}/${OVERRIDE}`;
  const env = override === undefined
    ? exported
    : { ...exported, ...composeFileEnv([...files, file]) };
  // Before words are quoted: that may change a value so that it is not found.
  const hidden = recorded.map(({ step, argv }) => ({
    step,
    argv: argv.map((word) => redactor.text(word)),
  }));
  return redactor.text(script(hidden, {
    env,
    reports: reports.shown,
    ...(override !== undefined && { override: { file, text: override } }),
  }));
}
