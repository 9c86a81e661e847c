/**
 * The version of todoflow itself, with the commit that it was made from.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { gitIn } from "../git/git.ts";

/** The file in which a binary carries its commit: `tools/compile.ts` writes it and takes it away again. */
export const COMMIT_FILE = new URL("../../commit.txt", import.meta.url);

/** What `--version` prints: a binary knows its commit, source asks git and may have none. */
export async function toolVersion(
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const commit = Deno.build.standalone
    ? await Deno.readTextFile(COMMIT_FILE).catch(() => undefined)
    : await commitOf(
      import.meta.dirname && `${import.meta.dirname}/../..`,
      env,
    );
  return `todoflow ${config.version}${commit ? ` (${commit})` : ""}`;
}

/**
 * The short hash of the commit that a repository is at, with "-dirty" where tracked files differ from it; undefined
 * where there is no git, or the folder is not the top of a repository.
 */
export async function commitOf(
  folder: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    const { code, stdout } = await gitIn({ directory: folder, env })([
      // Both are named, or a copy inside another repository would tell that one's commit.
      ...[`--git-dir=${folder}/.git`, `--work-tree=${folder}`],
      ...["describe", "--always", "--dirty", "--exclude=*"],
    ]);
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
