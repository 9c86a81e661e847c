/**
 * Compares the repository of two runs: commits and uncommitted changes.
 *
 * @module
 */

import type { Asking } from "../git/git.ts";
import { historyBetween } from "../git/history.ts";
import type { Source } from "../git/source.ts";
import type { Past } from "../state/green.ts";
import { count } from "../text/units.ts";
import { listed } from "./list.ts";

/** The difference between two states of a repository. */
export interface RepositoryChanges {
  /** Whether nothing has changed, as far as commits and files go; undefined if that is unknown. */
  isSame: boolean | undefined;
  /** The differences, a line each. */
  lines: readonly string[];
}

/** The first digits of a hash, as people read it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/**
 * Compares the checkout with that of an earlier run.
 *
 * @throws {Error} if git does not answer
 */
export async function repositoryChanges(
  past: Pick<Past, "commit" | "dirty" | "changes">,
  source: Source | undefined,
  asking: Asking,
): Promise<RepositoryChanges> {
  if (past.commit === undefined || !source) {
    return { isSame: undefined, lines: [] };
  }
  const commits = past.commit === source.commit
    ? []
    : await commitLines(past.commit, source.commit, asking);
  const files = uncommittedLines(past, source);
  const isSame = commits.length === 0 && files !== undefined &&
    files.length === 0;
  return { isSame, lines: [...commits, ...files ?? [UNCOMPARED]] };
}

/** Both runs had uncommitted changes, and git or a receipt does not say which. */
const UNCOMPARED =
  "both runs have uncommitted changes, which cannot be compared";

async function commitLines(
  before: string,
  now: string,
  asking: Asking,
): Promise<string[]> {
  const history = await historyBetween(asking, before, now);
  if (!history) {
    return [
      `the green commit is not in this clone, whose commit is ${
        shortCommit(now)
      }`,
    ];
  }
  const { added, lost, newest } = history;
  const commits = `${count(lost, "commit")} of the green run`;
  if (added === 0) {
    return [`back at ${shortCommit(now)}, without ${commits}`];
  }
  return [
    `${count(added, "commit")}: ${listed(newest, { of: added })}`,
    ...(lost > 0
      ? [`without ${commits}: another branch, or history was rewritten`]
      : []),
  ];
}

/** The differences in uncommitted changes; undefined if they cannot be compared. */
function uncommittedLines(
  { dirty = false, changes }: Pick<Past, "dirty" | "changes">,
  source: Source,
): string[] | undefined {
  const paths = source.changes.map(({ path }) => path);
  if (!dirty) {
    return source.dirty ? [counted(paths, "uncommitted change")] : [];
  }
  if (!source.dirty) return ["the green run had uncommitted changes"];
  const isKnown = paths.length > 0 && changes !== undefined &&
    source.changes.every(({ stamp }) => stamp !== undefined);
  if (!isKnown) return undefined;
  const known = new Map(Object.entries(changes));
  const written = source.changes
    .filter(({ path, stamp }) => stamp !== known.get(path))
    .map(({ path }) => path);
  const gone = [...known.keys()].filter((path) => !paths.includes(path));
  return [
    ...(written.length > 0
      ? [counted(written, "file", { since: "written since" })]
      : []),
    ...(gone.length > 0 ? [`no longer uncommitted: ${listed(gone)}`] : []),
  ];
}

/** Such as "2 uncommitted changes: app.py, new.py". */
function counted(paths: readonly string[], noun: string, { since = "" } = {}) {
  if (paths.length === 0) return `${noun}s`;
  const what = [count(paths.length, noun), since].filter(Boolean).join(" ");
  return `${what}: ${listed(paths)}`;
}

/** The uncommitted changes for a record; undefined if a later run cannot compare them. */
export function recordedChanges(
  { changes }: Pick<Source, "changes">,
): Record<string, string> | undefined {
  const known = changes.flatMap(({ path, stamp }) =>
    stamp === undefined ? [] : [[path, stamp] as const]
  );
  return known.length < changes.length ? undefined : Object.fromEntries(known);
}
