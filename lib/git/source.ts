/**
 * The source of an image: the git commit, and the address of the repository.
 *
 * @module
 */

import { allEnded } from "../pause.ts";
import { dirtOf, readConfig } from "./dirty.ts";
import { type Asking, gitIn } from "./git.ts";
import { type Change, stamped } from "./stamps.ts";

/** The commit of a checkout. */
export interface Source {
  /** The whole hash. */
  commit: string;
  /** The time of the commit, in seconds since 1970. */
  epoch: string;
  /**
   * Whether files differ from the commit or are missing from it; ignored files do not count, nor do untracked ones
   * among todoflow's reports.
   */
  dirty: boolean;
  /** The filters of the checkout's own configuration that were not run, if only they make it dirty. */
  filters: readonly string[];
  /** The uncommitted changes, in order; none if git cannot tell which files make the checkout dirty. */
  changes: readonly Change[];
  /** The address of the repository, without credentials; undefined if the remote `origin` has none. */
  url: string | undefined;
}

/**
 * Looks at the checkout; undefined without git, without a commit, or without an answer.
 *
 * @param madeIn lists the folders, relative to the directory, whose untracked files do not count
 */
export async function observeSource(
  asking: Asking,
  madeIn: () => Promise<readonly string[]>,
): Promise<Source | undefined> {
  const git = gitIn(asking);
  try {
    const [head, config] = await allEnded([
      git(["rev-list", "--max-count=1", "--timestamp", "HEAD", "--"]),
      readConfig(git),
    ]);
    if (head.code !== 0) return undefined;
    const besides = await madeIn();
    const dirt = await dirtOf(asking, { config, besides });
    if (!dirt) return undefined;
    const [epoch = "", commit = ""] = head.stdout.trim().split(" ");
    const remote = config.findLast(({ key }) => key === "remote.origin.url");
    const { dirty, filters, top } = dirt;
    const changes = await stamped(top, dirt.changes);
    const url = addressOf(remote?.value ?? "");
    return { commit, epoch, dirty, filters, changes, url };
  } catch {
    return undefined;
  }
}

/**
 * The address of a remote for a browser, if others can reach it. Everyone who gets an image can read it, so it contains
 * neither a user nor a password.
 */
export function addressOf(remote: string): string | undefined {
  // git's own short form of ssh: user@host:path.
  const text = remote.replace(/^[^@/:]+@([^:/@]+):(?!\/)/, "ssh://$1/");
  const url = URL.parse(text);
  if (!url || !/^(https?|ssh|git):$/.test(url.protocol)) return undefined;
  const path = url.pathname.replace(/(\.git)?\/*$/, "");
  return /^http/.test(url.protocol)
    ? `${url.protocol}//${url.host}${path}`
    : `https://${url.hostname}${path}`;
}
