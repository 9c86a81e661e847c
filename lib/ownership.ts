/**
 * Who has a project: one run at a time, and what a dead run left is removed by the next one on this machine.
 *
 * @module
 */

import { artifacts, isFolder } from "./artifacts.ts";
import { capture, dockerIn, endChildren, type Surroundings } from "./engine.ts";
import { TodoflowError } from "./errors.ts";
import { observeEndpoint, observeObjects } from "./observe.ts";
import type { Shell } from "./plan.ts";
import {
  type Claim,
  claim,
  type Listed,
  listRecords,
  type ProjectRecord,
  recordKey,
  type RunRecord,
  stateFolder,
} from "./state.ts";
import { tearDown } from "./teardown.ts";

/** What a claim is about. */
export interface ClaimOptions {
  /** The target that wants the project. */
  target: string;
  project: string;
  /** Endpoint. */
  engine: string;
  env: Surroundings["env"];
}

/**
 * Locks a project for this process.
 *
 * @throws {TodoflowError} when another run has it, or records cannot be written.
 */
export async function claimProject(
  { target, project, engine, env }: ClaimOptions,
): Promise<Claim> {
  const folder = stateFolder(env);
  let claimed: Awaited<ReturnType<typeof claim>>;
  try {
    claimed = await claim(folder, await recordKey(project, engine));
  } catch (error) {
    const { message: detail } = error as Error;
    throw new TodoflowError({ kind: "no-state", folder, detail });
  }
  if (!("holder" in claimed)) return claimed;
  const { run, directory = "" } = claimed.holder ?? {};
  throw new TodoflowError({
    kind: "lock-held",
    target,
    project,
    ...(run && { holder: { ...run, directory } }),
  });
}

/** What {@linkcode sweep} works with. */
export interface SweepOptions {
  $: Shell;
  surroundings: Surroundings;
  engine: string;
  host: string;
  /** Tells what is done, and what could not be. */
  output: (line: string) => void;
  /** Gives up: what is left then stays on record. */
  signal: AbortSignal;
}

/**
 * Removes what dead runs of this machine have left on the engine: those of the claimed projects, and those of others
 * whose lock is free. What a run has released is not touched.
 */
export async function sweep(
  claims: readonly Claim[],
  options: SweepOptions,
): Promise<void> {
  const { engine, signal, surroundings: { env } } = options;
  for (const own of claims) await sweepRun(own, options);
  const folder = stateFolder(env);
  for (const { key, record, held } of await listRecords(folder)) {
    if (signal.aborted) return;
    if (!record.run || held || record.engine !== engine) continue;
    const claimed = await claim(folder, key);
    if ("holder" in claimed) continue;
    try {
      await sweepRun(claimed, options);
    } finally {
      await claimed.release();
    }
  }
}

async function sweepRun(
  claimed: Claim,
  options: SweepOptions,
): Promise<void> {
  const { host, output } = options;
  const { record } = claimed;
  if (!record?.run) return;
  const { run, sweeping: _, ...rest } = record;
  output(
    `${run.target} of ${record.project} in ${record.directory} has died (process ${run.pid}): what it left is removed`,
  );
  await claimed.write({ ...record, sweeping: true });
  // On another machine, or in another container, nobody of it can be alive here.
  if (run.host === host) await endChildren(run.id);
  const gone = await removeRun({ ...record, run }, options);
  await claimed.write(gone ? rest : { ...rest, run });
}

/** Collects logs and reports of a dead run, then removes what it owned; resolves to whether nothing is left. */
async function removeRun(
  { run, directory, project }: ProjectRecord & { run: RunRecord },
  { $, surroundings, engine, output, signal }: SweepOptions,
): Promise<boolean> {
  const { owns, collected, reports: folder } = run;
  // A checkout that is gone, or cannot be written, has no use for reports.
  const files = await isFolder(directory)
    ? await artifacts(
      { $, surroundings, engine, folder, collected },
      { keep: true },
    ).catch(() => undefined)
    : undefined;
  try {
    return await tearDown($, owns, {
      grace: 1,
      keepsImages: false,
      thorough: true,
      signal,
      output,
      ended: async (containers) =>
        await files?.collect(containers, { output, signal }),
    });
  } finally {
    await files?.close();
    const label = `label=com.docker.compose.project=${project}`;
    await capture($`docker image prune --force --filter ${label}`);
  }
}

/**
 * The records, without releases that are gone from the engine: somebody may have removed them by hand. Without an engine,
 * or on another one, nobody knows.
 */
export async function currentRecords(
  surroundings: Surroundings,
): Promise<Listed[]> {
  const docker = dockerIn(surroundings);
  const folder = stateFolder(surroundings.env);
  const [engine, records, objects] = await Promise.all([
    observeEndpoint(docker),
    listRecords(folder),
    observeObjects(docker).catch(() => undefined),
  ]);
  const isGone = ({ record: { project, run, ...record } }: Listed) =>
    objects !== undefined && run === undefined && record.engine === engine &&
    !objects.some((object) => object.project === project);
  for (const { key } of records.filter(isGone)) {
    const claimed = await claim(folder, key);
    if ("holder" in claimed) continue;
    const { left: _, ...rest } = claimed.record ?? {};
    await claimed.write(rest as ProjectRecord);
    await claimed.release();
  }
  return records.filter((listed) => !isGone(listed));
}
