/**
 * What an image is made from: the git commit, and what the image is told of it.
 *
 * @module
 */

import { dirtOf, readConfig } from "./dirty.ts";
import { type Asking, gitIn } from "./git.ts";

/** The commit that a checkout is at. */
export interface Source {
  /** The whole hash. */
  commit: string;
  /** Seconds since 1970 at which it was committed. */
  epoch: string;
  /** Whether files differ from it, or are not in it; ignored ones do not count, nor untracked ones among todoflow's reports. */
  dirty: boolean;
  /** The filters of the checkout's own configuration because of which it counts as dirty: they are not run. */
  filters: readonly string[];
  /** The repository's address, without credentials; undefined where the remote `origin` tells none. */
  url: string | undefined;
}

/**
 * Looks at the checkout; undefined where there is no git or no commit, or where git does not answer.
 *
 * @param madeIn tells the folders, relative to the directory, whose untracked files do not count
 */
export async function observeSource(
  asking: Asking,
  madeIn: () => Promise<readonly string[]>,
): Promise<Source | undefined> {
  const git = gitIn(asking);
  try {
    const [head, config] = await Promise.all([
      git(["rev-list", "--max-count=1", "--timestamp", "HEAD", "--"]),
      readConfig(git),
    ]);
    if (head.code !== 0) return undefined;
    const besides = await madeIn();
    const dirt = await dirtOf(asking, { config, besides });
    if (!dirt) return undefined;
    const [epoch = "", commit = ""] = head.stdout.trim().split(" ");
    const remote = config.findLast(({ key }) => key === "remote.origin.url");
    return { commit, epoch, ...dirt, url: addressOf(remote?.value ?? "") };
  } catch {
    return undefined;
  }
}

/**
 * The address of a remote that others can reach, for a browser: what is in an image is read by everybody who gets it, so
 * that neither a user nor a password stays in it.
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
