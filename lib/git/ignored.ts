/**
 * Lists the files that git ignores.
 *
 * @module
 */

import { join } from "node:path";
import { type Asking, type Git, gitIn, withoutRepository } from "./git.ts";

/**
 * The files and folders in the directory that git ignores, relative to it; a folder that is ignored as a whole ends in a
 * slash. Undefined if the directory belongs neither to the repository at `checkout` nor to a submodule of one.
 *
 * @throws {TodoflowError} without git
 */
export async function ignoredFiles(
  asking: Asking,
  checkout: string,
  depth = 0,
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
  if (code !== 0) return undefined;
  const found = stdout.split("\0").filter(Boolean);
  for (const link of depth < DEEPEST ? await linksIn(git) : []) {
    const directory = join(asking.directory, link);
    const below = await ignoredFiles({ ...asking, directory }, "", depth + 1);
    // One that is not checked out has no files.
    found.push(...(below ?? []).map((path) => `${link}/${path}`));
  }
  return found;
}

/** Submodules of submodules: no project has more, but a loop of links does. */
const DEEPEST = 10;

/** The submodules in the directory, relative to it. https://git-scm.com/docs/git-fast-import#_filemodify has their mode. */
async function linksIn(git: Git): Promise<string[]> {
  const { stdout } = await git(["ls-files", "-z", "--stage"]);
  return stdout.split("\0").filter((line) => line.startsWith("160000 "))
    .flatMap((line) => line.split("\t")[1] ?? []);
}

/** Names of files that keep an empty folder in a commit. */
const KEEPS = /(^|\/)\.(gitkeep|gitignore|keep)$/;

/** Whether a folder has files of the commit, besides those that only keep it there. */
export async function hasFiles(
  asking: Asking,
): Promise<boolean> {
  const git = gitIn({ ...asking, env: withoutRepository(asking.env) });
  const { code, stdout } = await git(["ls-files", "-z"])
    .catch(() => ({ code: 1, stdout: "" }));
  return code === 0 &&
    stdout.split("\0").some((path) => path !== "" && !KEEPS.test(path));
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
      const inner = folder === "." ? name : `${folder}/${name}`;
      if (isDirectory) open.push(inner);
      else if (is(inner)) return true;
    }
  }
  return false;
}
