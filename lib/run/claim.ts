/**
 * Claims a project: one run at a time, across the users of the machine.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { twinsOf } from "../plan/twin.ts";
import { lookAtLock } from "../state/file.ts";
import { readRecord, unknownRecord } from "../state/list.ts";
import { type Claim, claim } from "../state/lock.ts";
import { stateFolder } from "../state/folder.ts";
import { lockPath, recordKey, recordPath } from "../state/paths.ts";
import type { ProjectRecord } from "../state/record.ts";

/** Which project is claimed, and for which target. */
export interface ClaimOptions {
  /** The target that wants the project. */
  target: string;
  project: string;
  /** Endpoint. */
  engine: string;
  env: Surroundings["env"];
  /** The folder of the Compose file. No other user of the machine may run a target in it meanwhile. */
  directory?: string;
}

/**
 * Locks a project for this process, and its folder for this user.
 *
 * @throws {TodoflowError} when another run has it, or its record cannot be read or written.
 */
export async function claimProject(
  { target, project, engine, env, directory }: ClaimOptions,
): Promise<Claim> {
  const folder = stateFolder(env);
  const key = await recordKey(project, engine);
  let claimed: Awaited<ReturnType<typeof claim>>;
  try {
    claimed = await claim(folder, key);
  } catch (error) {
    if (error instanceof TodoflowError) throw error;
    const { message: detail } = error as Error;
    throw new TodoflowError({ kind: "no-state", folder, detail });
  }
  if ("holder" in claimed) {
    const { run, directory = "" } = claimed.holder?.run
      ? claimed.holder
      : await workingFor(project, { folder, engine }) ?? {};
    throw new TodoflowError({
      kind: "lock-held",
      target,
      project,
      ...(run && { holder: { ...run, directory } }),
    });
  }
  try {
    if (claimed.record && !await isAbout(claimed.record, key)) {
      const file = recordPath(folder, key);
      throw unknownRecord({ file, problem: STRANGER });
    }
    if (directory !== undefined && !await claimed.lockFolder(directory)) {
      throw new TodoflowError({
        kind: "lock-held",
        ...{ target, project, directory },
      });
    }
    return claimed;
  } catch (error) {
    await claimed.release();
    throw error;
  }
}

/** The record of the run that builds for a project: a run has it where it works, which may be a twin of the project. */
async function workingFor(
  project: string,
  { folder, engine }: { folder: string; engine: string },
): Promise<ProjectRecord | undefined> {
  for (const twin of twinsOf(project)) {
    const key = await recordKey(twin, engine);
    const { held } = await lookAtLock(lockPath(folder, key));
    const found = held ? await readRecord(folder, key) : undefined;
    if (found && "record" in found && found.record.run) return found.record;
  }
  return undefined;
}

/** The problem of a record in the place of another project's record: its own lock is a different file. */
export const STRANGER = "it is about another project, or another engine";

/** Whether a record is in the place where its project's record belongs. */
export async function isAbout(
  { project, engine }: ProjectRecord,
  key: string,
): Promise<boolean> {
  return await recordKey(project, engine) === key;
}
