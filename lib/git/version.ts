/**
 * Finds the version to build: a tag that the caller sets, or the commit.
 *
 * @module
 */

import { type Asking, gitIn } from "./git.ts";
import { isTag } from "../image_name.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Surroundings } from "../child.ts";

/**
 * The version of the application here: a non-empty APP_VERSION, otherwise the short hash of the git commit.
 *
 * @throws {TodoflowError} if APP_VERSION is no legal image tag, or git, repository or commit is missing
 */
export async function appVersion(surroundings: Surroundings): Promise<string> {
  const { APP_VERSION: version } = surroundings.env;
  if (!version) return await gitVersion(surroundings);
  if (isTag(version)) return version;
  throw new TodoflowError({ kind: "illegal-version", version });
}

/**
 * The short hash of the commit of `directory`.
 *
 * @throws {TodoflowError} if there is none, or it cannot be read
 */
export async function gitVersion(asking: Asking): Promise<string> {
  const { directory } = asking;
  const git = gitIn(asking);
  const { code, stdout } = await git(["rev-parse", "--short", "HEAD"]);
  if (code === 0) return stdout.trim();
  const inside = await git(["rev-parse", "--git-dir"]);
  if (inside.code === 0) {
    throw new TodoflowError({ kind: "no-commit", directory });
  }
  const [detail = "", ...advice] = inside.stderr.trim().split("\n");
  // git's own remedy for a repository of another user.
  const remedy = advice.map((line) => line.trim())
    .find((line) => line.startsWith("git config --global --add safe.dir"));
  throw new TodoflowError({
    kind: "no-repository",
    directory,
    detail: detail.replace(/^fatal: /, ""),
    ...(remedy !== undefined && { remedy }),
  });
}

/** The reason why no commit is known, in one line, and the command that fixes it, if git suggests one. */
export async function commitProblem(
  asking: Asking,
): Promise<{ detail: string; remedy?: string }> {
  try {
    await gitVersion(asking);
    return { detail: "git cannot tell which files differ from the commit" };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    const { failure, message } = error;
    return failure.kind === "no-repository" ? failure : { detail: message };
  }
}
