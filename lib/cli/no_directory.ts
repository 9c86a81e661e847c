/**
 * The error for a `-C` that names no folder. Loaded only for such an error.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { nearestOf } from "../text/nearest.ts";

/** The most names that are shown. */
const SHOWN = 6;

/**
 * The error, with the folder that is probably meant.
 *
 * @param directory as the caller has written it
 * @param options.isThere whether something else than a folder is there
 * @param options.list the folders in a folder, given relative to the caller's; undefined if it cannot be read
 */
export async function noDirectory(
  directory: string,
  { isThere, list }: {
    isThere: boolean;
    list: (folder: string) => Promise<readonly string[] | undefined>;
  },
): Promise<TodoflowError> {
  let around = dirname(directory);
  let all = await list(around);
  while (!all && around !== dirname(around)) {
    around = dirname(around);
    all = await list(around);
  }
  const folders = (all ?? []).filter((name) => !/^[.-]/.test(name))
    .toSorted();
  const nearest = await nearestOf(basename(directory), folders);
  const near = isThere
    ? around
    : nearest === undefined
    ? undefined
    : join(around, nearest);
  return new TodoflowError({
    kind: "no-directory",
    directory,
    ...(isThere && { isThere }),
    around,
    folders: folders.slice(0, SHOWN),
    ...(near !== undefined && { near }),
  });
}
