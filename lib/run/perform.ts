/**
 * Performs a target that has a plan: prints the plan, or locks the project and runs it.
 *
 * @module
 */

import { within } from "../pause.ts";
import { stateFolder } from "../state/folder.ts";
import type { Claim } from "../state/lock.ts";
import { removeRunFile } from "../state/run_file.ts";
import { claimAll, observeClaimed } from "./claim_all.ts";
import { dryRun } from "./dry_run.ts";
import type { Manner } from "./manner.ts";
import type { Prepared, RunOptions } from "./prepared.ts";
import { WRITTEN_WITHIN } from "./record.ts";
import { runClaimed } from "./run_claimed.ts";
import { unlessStopped } from "./signals.ts";
import type { ClaimedOptions } from "./started.ts";

/**
 * Performs the target as soon as it is prepared; resolves to the exit code.
 *
 * @throws {TodoflowError} when the run cannot start; nothing was changed.
 */
export async function perform(
  manner: Manner,
  options: RunOptions,
): Promise<number> {
  const prepared = await options.prepared;
  return options.request.dryRun
    ? await dryRun(manner, prepared, options)
    : await runLocked(manner, prepared, options);
}

/** Locks the target's projects, runs it, and unlocks them. */
async function runLocked(
  manner: Manner,
  prepared: Prepared,
  options: RunOptions,
): Promise<number> {
  const claims: Claim[] = [];
  try {
    const observed = await unlessStopped(
      claimAll(manner, prepared, { ...options, claims }),
      options,
    );
    return await runRounds(manner, prepared, {
      ...options,
      ...observed,
      claims,
    });
  } finally {
    for (const claim of claims) {
      // The kernel frees the lock when the process ends, and the run's own result matters more.
      const { giveUp: signal } = options.signals;
      await within(claim.release(), { signal, grace: WRITTEN_WITHIN })
        .catch(() => {});
    }
    const { env } = prepared.surroundings;
    await removeRunFile(stateFolder(env), options.run);
  }
}

/** Runs a target whose projects are locked, again if a base has moved meanwhile; resolves to the exit code. */
async function runRounds(
  manner: Manner,
  prepared: Prepared,
  options: ClaimedOptions,
): Promise<number> {
  const round = await runClaimed(manner, prepared, options);
  if ("code" in round) return round.code;
  try {
    const observed = await unlessStopped(
      observeClaimed(manner, prepared, options),
      options,
    );
    return await runRounds(manner, prepared, {
      ...options,
      ...observed,
      earlier: round,
    });
  } catch (error) {
    round.reporter.close();
    throw error;
  }
}
