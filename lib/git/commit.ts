/**
 * A commit for people: its hash, and the page on which its host shows it.
 *
 * @module
 */

import type { Source } from "./source.ts";

/** The path between a repository and the hash of a commit, by the host: the pages of unknown hosts are unknown. */
const PATHS: Readonly<Record<string, string>> = {
  "github.com": "commit",
  "gitlab.com": "-/commit",
  "bitbucket.org": "commits",
  "codeberg.org": "commit",
  "gitea.com": "commit",
  "git.sr.ht": "commit",
};

/** Such paths of hosts that an organization runs itself, by the first word of their names. */
const OWN: Readonly<Record<string, string>> = {
  github: "commit",
  gitlab: "-/commit",
  gitea: "commit",
  forgejo: "commit",
};

/** The commit of a checkout, as events name it. */
export function commitOf(
  { commit: hash, dirty, url: repository }: Pick<
    Source,
    "commit" | "dirty" | "url"
  >,
): { hash: string; url?: string; dirty?: true } {
  const url = repository && pageOf(repository, hash);
  return { hash, ...(url && { url }), ...(dirty && { dirty }) };
}

/** The page of a commit; undefined where the host is not known. */
function pageOf(repository: string, hash: string): string | undefined {
  const url = URL.parse(repository);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const [first = ""] = url.hostname.split(".");
  const path = lookUp(PATHS, url.hostname) ?? lookUp(OWN, first);
  // A repository has at least an owner and a name.
  if (path === undefined || !/^\/[^/]+\/[^/]/.test(url.pathname)) {
    return undefined;
  }
  return `${url.protocol}//${url.host}${url.pathname}/${path}/${hash}`;
}

function lookUp(table: Readonly<Record<string, string>>, key: string) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
