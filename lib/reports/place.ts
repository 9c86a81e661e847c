/**
 * Where the reports of all targets go: the folder that the caller or the Compose file names.
 *
 * @module
 */

import { join, relative, resolve } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import {
  type CheckedFolder,
  checkFolder,
  checkoutOf,
  type FolderOptions,
  isWithin,
} from "./checks.ts";
import { isMade } from "./marker.ts";

/** The folder of all reports; each target has a folder of its name in it. */
export interface ReportsPlace {
  /** Absolute path. */
  folder: string;
  /** Path relative to where the target runs, as people read and type it. */
  shown: string;
  /** Absolute path of the checkout that contains it, out of which no link may lead; absent if it is elsewhere. */
  checkout?: string;
}

/** The settings that name the folder. */
interface PlaceOptions {
  /** Where the target runs; the flag is relative to it, as `-f` is. */
  directory: string;
  /** The value of `--reports`. */
  flag?: string | undefined;
  /** The value of `x-todoflow.reports`. */
  key?: string | undefined;
  /** The folder of the Compose file; the key is relative to it, as every path in that file is. */
  composeDirectory: string;
}

/**
 * Finds the folder: the flag wins over the key, and without both it is `reports` where the target runs.
 *
 * @throws {TodoflowError} when the Compose file, which is not trusted, names a folder outside of the checkout.
 */
export async function reportsPlace(
  { directory, flag, key, composeDirectory }: PlaceOptions,
): Promise<ReportsPlace> {
  const isKey = flag === undefined && key !== undefined;
  const from = isKey ? composeDirectory : directory;
  const folder = resolve(from, flag ?? key ?? "reports");
  const checkout = await checkoutOf(from);
  const shown = relative(directory, folder) || ".";
  if (isWithin(folder, checkout)) return { folder, shown, checkout };
  if (!isKey) return { folder, shown };
  throw new TodoflowError({
    kind: "invalid-config",
    path: ["x-todoflow", "reports"],
    problem:
      `"${key}" is outside of the checkout, where only --reports may lead`,
  });
}

/** The targets that have a folder among the reports; every other file there belongs to the caller. */
const REPORTING = ["test", "release", "publish"];

/**
 * The folders of targets that todoflow has made in a checkout, relative to the directory. Another folder of such a name
 * belongs to the caller's source.
 *
 * @param directory where the target runs
 */
export async function madeIn(
  directory: string,
  { checkout, shown }: Pick<ReportsPlace, "checkout" | "shown">,
): Promise<string[]> {
  if (checkout === undefined) return [];
  const made = await Promise.all(REPORTING.map(async (target) => {
    const folder = join(shown, target);
    return await isMade(join(directory, folder)) ? [folder] : [];
  }));
  return made.flat();
}

/** The folder of one target. */
export function targetFolder(
  { folder, checkout }: ReportsPlace,
  target: string,
): { folder: string; checkout?: string } {
  return {
    folder: join(folder, target),
    ...(checkout !== undefined && { checkout }),
  };
}

/**
 * Checks that a run may write its reports to the folder.
 *
 * @param options.signal stops the check; its reason becomes the failure of the run
 * @throws {TodoflowError} when the run may not, or when this cannot be found out.
 */
export async function checkReports(
  options: FolderOptions,
): Promise<CheckedFolder> {
  try {
    return await checkFolder(options);
  } catch (error) {
    throw noReports(error, options);
  }
}

/** The failure of a run whose reports cannot be checked; a refusal by todoflow itself is passed on. */
export function noReports(
  error: unknown,
  { folder, signal }: FolderOptions,
): TodoflowError {
  if (signal?.aborted) return new TodoflowError(signal.reason as Failure);
  if (error instanceof TodoflowError) return error;
  const detail = error instanceof Error ? error.message : `${error}`;
  return new TodoflowError({ kind: "no-reports", folder, detail });
}
