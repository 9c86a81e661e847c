/**
 * Performs a target that has a plan: prints the plan, or locks the project and runs it.
 *
 * @module
 */

import { relative } from "node:path";
import { exportedEnv } from "../compose/environment.ts";
import { composeFiles } from "../compose/files.ts";
import { locate } from "../compose/locate.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { within } from "../pause.ts";
import { stateFolder } from "../state/folder.ts";
import type { Claim } from "../state/lock.ts";
import { removeRunFile } from "../state/run_file.ts";
import { claimAll, observeClaimed } from "./claim_all.ts";
import { dryRun } from "./dry_run.ts";
import type { Manner } from "./manner.ts";
import type { PerformOptions, Prepared, RunOptions } from "./prepared.ts";
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
  try {
    const prepared = await options.prepared;
    return options.request.dryRun
      ? await dryRun(manner, prepared, options)
      : await runLocked(manner, prepared, options);
  } catch (error) {
    throw await located(error, options);
  }
}

/** Adds to an error about the configuration its place in the Compose files, which are read only now. */
async function located(
  error: unknown,
  { request, world, surroundings: { directory, env } }: PerformOptions,
): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  if (failure.kind !== "invalid-config") return error;
  const { readTextFile } = world;
  const files = await composeFiles({
    directory,
    env: { ...env, ...exportedEnv(request, undefined) },
    readTextFile,
  });
  const found = await locate(failure.path, { files, readTextFile });
  if (!found) return error;
  const file = relative(world.directory, found.file);
  return new TodoflowError({ ...failure, location: { ...found, file } });
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
