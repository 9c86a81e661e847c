/**
 * Lists the files that git ignores.
 *
 * @module
 */

import { join } from "node:path";
import { type Asking, gitIn, withoutRepository } from "./git.ts";

/**
 * The files and folders in the directory that git ignores, relative to it; a folder that is ignored as a whole ends in a
 * slash. Undefined if the directory belongs neither to the repository at `checkout` nor to a submodule of one.
 *
 * @throws {TodoflowError} without git
 */
export async function ignoredFiles(
  asking: Asking,
  checkout: string,
): Promise<string[] | undefined> {
  // Where a hook of git runs todoflow, its variables would name a repository relative to another folder.
  const git = gitIn({ ...asking, env: withoutRepository(asking.env) });
  const place = await git([
    "rev-parse",
    "--show-toplevel",
    "--show-superproject-working-tree",
  ]);
  const [top, superproject = ""] = place.stdout.split(/\r?\n/);
  if (place.code !== 0 || top !== checkout && superproject === "") {
    return undefined;
  }
  const { code, stdout } = await git([
    ...["ls-files", "-z", "--others", "--ignored", "--exclude-standard"],
    "--directory",
  ]);
  return code === 0 ? stdout.split("\0").filter(Boolean) : undefined;
}

/** The most entries of a folder that are looked at: a larger one counts as holding any file. */
const MOST_ENTRIES = 20_000;

/**
 * Whether a folder that git ignores as a whole holds a certain file, at any depth.
 *
 * @param path of the folder, relative to `within`, as are the paths that the functions get
 */
export async function holdsFile(
  path: string,
  { within, enters, is }: {
    within: string;
    enters: (folder: string) => boolean;
    is: (file: string) => boolean;
  },
): Promise<boolean> {
  const open = [path];
  let count = 0;
  while (open.length > 0) {
    const folder = open.pop()!;
    if (!enters(folder)) continue;
    const entries = await Array.fromAsync(Deno.readDir(join(within, folder)))
      .catch(() => []);
    count += entries.length;
    if (count > MOST_ENTRIES) return true;
    for (const { name, isDirectory } of entries) {
      const inner = `${folder}/${name}`;
      if (isDirectory) open.push(inner);
      else if (is(inner)) return true;
    }
  }
  return false;
}
