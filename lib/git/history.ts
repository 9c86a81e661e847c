/**
 * The commits between two commits of a repository.
 *
 * @module
 */

import { allEnded } from "../pause.ts";
import { type Asking, gitIn } from "./git.ts";

/** The commits between an earlier commit and a later one. */
export interface History {
  /** How many commits only the later one has. */
  added: number;
  /** How many commits only the earlier one has: a branch was left, or history was rewritten. */
  lost: number;
  /** The newest of the added ones, such as "7a356f0 Fix the counter". */
  newest: readonly string[];
}

/** How many commits are named. */
const NAMED = 3;

/** A whole hash, which git takes neither for a flag nor for another name. */
const HASH = /^[0-9a-f]{40,64}$/;

/**
 * The commits between two commits, given by their whole hashes; undefined if the repository does not have the earlier one,
 * as in a shallow clone.
 *
 * @throws {TodoflowError} if there is no git, or it does not answer
 * @throws {Error} if git cannot compare the commits
 */
export async function historyBetween(
  asking: Asking,
  earlier: string,
  later: string,
): Promise<History | undefined> {
  if (![earlier, later].every((hash) => HASH.test(hash))) return undefined;
  const git = gitIn(asking);
  // Not `git log`, which may run the gpg of the checkout's configuration.
  const [there, counts, newest] = await allEnded([
    git(["cat-file", "-e", `${earlier}^{commit}`]),
    git(["rev-list", "--left-right", "--count", `${earlier}...${later}`, "--"]),
    git([
      ...["rev-list", `--max-count=${NAMED}`, "--format=%h %s"],
      ...["--encoding=UTF-8", `${earlier}..${later}`, "--"],
    ]),
  ]);
  if (there.code !== 0) return undefined;
  const [lost, added] = counts.stdout.trim().split(/\s+/).map(Number);
  if (counts.code !== 0 || lost === undefined || added === undefined) {
    throw new Error(`git cannot compare commits: ${counts.stderr.trim()}`);
  }
  return {
    added,
    lost,
    newest: newest.stdout.split("\n").filter((line) =>
      line !== "" && !/^commit [0-9a-f]{40,64}$/.test(line)
    ),
  };
}
