/**
 * Collects what logs and reports of a dead run can still be had.
 *
 * @module
 */

import type { ProjectRecord, RunRecord } from "../state/record.ts";
import { type Sleep, within } from "../pause.ts";
import type { Surroundings } from "../child.ts";
import type { EngineApi } from "../engine/api.ts";
import { isFolder } from "../artifacts/files.ts";
import { type Artifacts, artifacts } from "../artifacts/collect.ts";

/** How long (ms) opening the folder of a dead run may take, collecting into it, and stopping the collection. */
const OPENED_WITHIN = 5_000;

const COLLECTED_WITHIN = 10_000;

const COLLECTED_STOPPED = 500;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}

/** The environment of this process, but with the user who has called the dead run through sudo. */
function calledBy(
  { caller }: RunRecord,
  { env: { SUDO_UID: _, SUDO_GID: __, ...env } }: Surroundings,
): Surroundings["env"] {
  return caller === undefined
    ? env
    : { ...env, SUDO_UID: `${caller.uid}`, SUDO_GID: `${caller.gid}` };
}

/** Options of {@linkcode rescue}. */
export interface RescueOptions {
  surroundings: Surroundings;
  api: EngineApi;
  /** Takes lines about collected and lost files. */
  output: (line: string) => void;
  /** Gives up. */
  signal: AbortSignal;
  /** Waits between two attempts, and limits what may hang. */
  sleep?: Sleep | undefined;
}

/**
 * Opens the folder of a dead run for its logs and reports. A problem with them does not stop the sweep: it is reported,
 * and neither `collect` nor `close` rejects.
 */
export async function rescue(
  { run, project, directory }: ProjectRecord & { run: RunRecord },
  { surroundings, api, output, signal, sleep }: RescueOptions,
) {
  const { collected, reports: folder, hides: keepsLogs = false } = run;
  const lost = (error: unknown) =>
    void output(`logs and reports of ${project} are lost: ${messageOf(error)}`);
  const open = () =>
    artifacts({
      ...{ api, folder, directory, collected, keepsLogs, signal },
      // Files that the dead run has made as root belong to its caller, not to the caller of this run.
      surroundings: { ...surroundings, env: calledBy(run, surroundings) },
    }, { keep: true });
  // Nothing is written into a checkout that is gone or read-only, nor for a run of which nothing is collected.
  const files = collected.length === 0
    ? undefined
    : await openedSoon(directory, { signal, sleep, open }).catch(lost);
  if (files && keepsLogs) {
    output(
      `logs of ${project} stay as they are: this run does not know the secrets that they must not show`,
    );
  }
  return {
    collect: async (containers: readonly string[]) => {
      const bounded = soonOver(signal, COLLECTED_WITHIN);
      const collecting = files?.collect(containers, {
        output,
        signal: bounded,
      });
      await within(Promise.resolve(collecting), {
        signal: bounded,
        grace: COLLECTED_STOPPED,
      }).catch(lost);
      if (files && bounded.aborted && !signal.aborted) {
        const seconds = COLLECTED_WITHIN / 1000;
        output(
          `logs and reports of ${project} may be incomplete: ${seconds} s are over`,
        );
      }
    },
    close: async () => {
      await within(Promise.resolve(files?.close()), {
        signal: soonOver(signal, OPENED_WITHIN),
        grace: COLLECTED_STOPPED,
      }).catch(lost);
    },
  };
}

/** A signal that is aborted together with another one, or after some milliseconds. */
function soonOver(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

/**
 * Opens a folder, unless its checkout is gone.
 *
 * @throws {Error} when it cannot be opened, or if the file system does not answer soon.
 */
async function openedSoon(
  directory: string,
  { open, ...limits }: Pick<RescueOptions, "signal" | "sleep"> & {
    open: () => Promise<Artifacts>;
  },
): Promise<Artifacts | undefined> {
  const opened = isFolder(directory).then(async (isThere) => ({
    files: isThere ? await open() : undefined,
  }));
  const soon = await within(opened, { ...limits, ms: OPENED_WITHIN });
  if (soon) return soon.files;
  // A late answer is discarded.
  opened.then(({ files }) => files?.close()).catch(() => {});
  throw new Error("the folder does not answer");
}
