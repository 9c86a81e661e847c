/**
 * Removes what dead runs of this machine have left behind, before the next run begins.
 *
 * @module
 */

import { endChildren, RUN_MARK } from "../child.ts";
import { isAbout, STRANGER } from "./claim.ts";
import { deadline, settled } from "../pause.ts";
import { type Listed, listRecords, unreadableRecords } from "../state/list.ts";
import { type Claim, claim } from "../state/lock.ts";
import { stateFolder } from "../state/folder.ts";
import { tearDown } from "../engine/teardown.ts";
import type { ProjectRecord, RunRecord } from "../state/record.ts";
import { removeRunFile } from "../state/run_file.ts";
import { messageOf, rescue, type RescueOptions } from "./rescue.ts";

/** The input of {@linkcode sweep}. Leftovers that are still there when `signal` is aborted stay on record. */
export interface SweepOptions extends RescueOptions {
  /** Name of this machine. */
  host: string;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

/** How long (ms) the removal of one dead run's leftovers may take, and the removal in all other projects together. */
const RUN_MOST = 30_000;
const OTHERS_MOST = 60_000;

/**
 * Removes the leftovers of dead runs of this machine from the engine, in the claimed projects and in every other project
 * whose lock is free. Releases are not touched.
 *
 * Never rejects, and no record holds up the next one: a record that cannot be read or removed is reported and left
 * alone.
 */
export async function sweep(
  claims: readonly Claim[],
  options: SweepOptions,
): Promise<void> {
  const { output, surroundings: { env } } = options;
  for (const own of claims) await sweepClaimed(own, options);
  try {
    await sweepOthers(stateFolder(env), options);
  } catch (error) {
    output(`cannot look for dead runs: ${messageOf(error)}`);
  }
}

async function sweepOthers(
  folder: string,
  options: SweepOptions,
): Promise<void> {
  const { api, signal, output, now = () => performance.now() } = options;
  for (const { file, problem } of await unreadableRecords(folder)) {
    output(`cannot read ${file}: ${problem}: left alone`);
  }
  const started = now();
  for (const { key, record, held } of await listRecords(folder)) {
    if (signal.aborted) return;
    if (!record.run || held || record.engine !== api.endpoint) continue;
    if (now() - started > OTHERS_MOST) {
      const seconds = OTHERS_MOST / 1000;
      output(`${runOf(record)} is left for later: ${seconds} s are over`);
    } else if (await isAbout(record, key)) {
      await sweepOther({ folder, key, record }, options);
    } else {
      output(`cannot read ${folder}/${key}.json: ${STRANGER}: left alone`);
    }
  }
}

/** Locks the project of a dead run, unless another run has it, and removes what the dead run has left. */
async function sweepOther(
  { folder, key, record }: Pick<Listed, "key" | "record"> & { folder: string },
  options: SweepOptions,
): Promise<void> {
  const { output } = options;
  try {
    const claimed = await claim(folder, key, { waits: false });
    if ("holder" in claimed) return;
    try {
      if (await claimed.lockFolder(record.directory)) {
        await sweepClaimed(claimed, options);
      } else {
        output(
          `${
            runOf(record)
          } is left for later: another user has locked its folder`,
        );
      }
    } finally {
      await claimed.release();
    }
  } catch (error) {
    output(
      `cannot remove the leftovers of ${runOf(record)}: ${messageOf(error)}`,
    );
  }
}

/** A dead run in words. */
function runOf({ project, directory, run }: ProjectRecord): string {
  return `${run?.target} of ${project} in ${directory}`;
}

/** Removes the leftovers of a claimed project's dead run, if there is one, and records what remains. */
async function sweepClaimed(
  claimed: Claim,
  options: SweepOptions,
): Promise<void> {
  const { record, seen } = claimed;
  if (!record?.run || options.signal.aborted) return;
  const { run, sweeping: _, seen: __, ...rest } = record;
  const dead = { ...rest, run, ...(seen !== undefined && { seen }) };
  const { output } = options;
  try {
    output(
      `${runOf(record)} has died (process ${run.pid}): removing its leftovers`,
    );
    await claimed.write({ ...dead, sweeping: true });
    const { value: gone, isLate } = await withinTime(
      (bounded) => removeDead(dead, bounded),
      options,
    );
    if (!gone && isLate) {
      const seconds = RUN_MOST / 1000;
      output(`${runOf(record)} is left for later: ${seconds} s are over`);
    }
    // Without a release on record, the dead run was about to remove everything. All of it is gone now, except images that
    // containers use.
    const images = rest.made?.filter(({ kind }) => kind === "image");
    const without = { ...rest, ...(images && { made: images }) };
    await claimed.write(!gone ? dead : rest.left ? rest : without);
    const state = stateFolder(options.surroundings.env);
    if (gone) await removeRunFile(state, run.id);
  } catch (error) {
    output(
      `cannot remove the leftovers of ${runOf(record)}: ${messageOf(error)}`,
    );
    await claimed.write(dead).catch(() => {});
  }
}

/**
 * Does something that docker may hold up, until a signal comes or the time is over. After that, nothing waits for it and
 * its output is dropped.
 */
async function withinTime<T>(
  does: (options: SweepOptions) => Promise<T>,
  options: SweepOptions,
): Promise<{ value: T | undefined; isLate: boolean }> {
  const { late, cancel } = deadline(RUN_MOST, options.sleep);
  const signal = AbortSignal.any([options.signal, late]);
  let over = false;
  const output = (line: string) => over || options.output(line);
  const asked = does({ ...options, signal, output });
  const given = Promise.withResolvers<undefined>();
  const giveUp = () => void settled(asked).then(() => given.resolve(undefined));
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  try {
    const value = await Promise.race([asked, given.promise]);
    return { value, isLate: late.aborted };
  } finally {
    over = true;
    cancel();
    signal.removeEventListener("abort", giveUp);
    const own = options.surroundings.env[RUN_MARK];
    // Only children that hang are left of this run.
    if (late.aborted && own) await settled(endChildren(own));
  }
}

/** Ends the children of a dead run and removes everything that it owned; resolves to whether nothing is left. */
async function removeDead(
  record: ProjectRecord & { run: RunRecord },
  options: SweepOptions,
): Promise<boolean> {
  const { run } = record;
  // A run of another machine or container can have no children here.
  if (run.host === options.host) await endChildren(run.id);
  return await removeRun(record, options);
}

/** Collects logs and reports of a dead run, then removes everything that it owned; resolves to whether nothing is left. */
async function removeRun(
  record: ProjectRecord & { run: RunRecord },
  options: SweepOptions,
): Promise<boolean> {
  const { run, directory, left, made = [], own = false } = record;
  const { owns } = run;
  const { output, signal, sleep } = options;
  const files = await rescue(record, options);
  const all = left ? { ...owns, made: [], kept: made } : { ...owns, made };
  try {
    return await tearDown(options.api, all, {
      proof: {
        run: run.id,
        directory,
        until: record.seen ?? Date.parse(run.started),
        marks: run.marks ?? false,
        own,
      },
      grace: 1,
      keepsImages: false,
      thorough: true,
      ...{ signal, output, sleep, ended: files.collect },
    });
  } finally {
    await files.close();
  }
}
