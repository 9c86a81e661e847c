/**
 * The version of todoflow itself, with the commit of its source.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { gitIn } from "../git/git.ts";

/** The file inside a binary that names its commit. `tools/compile.ts` writes it and deletes it after the build. */
export const COMMIT_FILE = new URL("../../commit.txt", import.meta.url);

/** The answer to `--version`. A binary knows its commit; source asks git and may have none. */
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
 * The short hash of a repository's commit, with "-dirty" if tracked files differ from it; undefined without git, or if the
 * folder is not the top of a repository.
 */
export async function commitOf(
  folder: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    const { code, stdout } = await gitIn({ directory: folder, env })([
      // Both, because git would look for a repository around a copy that is none, and report its commit.
      ...[`--git-dir=${folder}/.git`, `--work-tree=${folder}`],
      ...["describe", "--always", "--dirty", "--exclude=*"],
    ]);
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
