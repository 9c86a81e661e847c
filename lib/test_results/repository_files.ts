/**
 * Finds the files of the repository that paths in a container mean.
 *
 * @module
 */

/** A file, and the parts of its path. */
interface Known {
  file: string;
  parts: readonly string[];
}

/** Files by the last part of their paths. */
export type ByName = ReadonlyMap<string, readonly Known[]>;

/** The most UTF-16 units of a path, and how many of its last parts are compared. */
export const MAX_PATH = 1_000;
const MAX_PARTS = 20;

/** The most files of one name among which a path is looked up. */
const MAX_FILES = 5_000;

/** The files, ready to be looked up. */
export function byName(files: Iterable<string>): ByName {
  const known = [...files].map((file) => ({ file, parts: partsOf(file) }));
  return Map.groupBy(known, ({ parts }) => parts.at(-1) ?? "");
}

/** The parts of a path that are compared. */
function partsOf(path: string): string[] {
  return path.split("/").filter((part) => !["", "."].includes(part))
    .slice(-MAX_PARTS);
}

/** The files whose name is the last part of a path; none if they are too many. */
function namesakes(parts: readonly string[], known: ByName): readonly Known[] {
  const files = known.get(parts.at(-1) ?? "") ?? [];
  return files.length > MAX_FILES ? [] : files;
}

/** How many of the last parts of two paths are the same. */
function sharedEnd(one: readonly string[], other: readonly string[]): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.at(-1 - length) === other.at(-1 - length)) {
    length++;
  }
  return length;
}

/** The one file with the best score; undefined if there are several. */
function bestOf(
  files: readonly Known[],
  score: (one: Known) => number,
): Known | undefined {
  let [best, found]: [number, Known | undefined] = [0, undefined];
  for (const one of files) {
    const own = score(one);
    if (own > best) [best, found] = [own, one];
    else if (own === best) found = undefined;
  }
  return found;
}

/** The file that shares the longest end of a path; undefined if there is none, or if it may be one of several. */
export function fileLike(path: string, known: ByName): string | undefined {
  if (path.length > MAX_PATH) return undefined;
  const own = partsOf(path);
  return bestOf(namesakes(own, known), ({ parts }) => sharedEnd(parts, own))
    ?.file;
}

/** The longest file with which a path ends. */
export function fileAtEnd(path: string, known: ByName): string | undefined {
  const own = partsOf(path);
  return bestOf(
    namesakes(own, known),
    ({ parts }) => sharedEnd(parts, own) === parts.length ? parts.length : 0,
  )?.file;
}

/**
 * The file that a relative path in a report means. In a monorepo, several files may end so: the report's own path then tells
 * which package it is of.
 *
 * @param report the path of the report
 * @returns "unknown" for one of several files, and undefined for no file
 */
export function fileFrom(
  path: string,
  { report, known }: { report: string; known: ByName },
): string | "unknown" | undefined {
  const own = partsOf(path);
  const files = namesakes(own, known)
    .filter(({ parts }) => sharedEnd(parts, own) === own.length);
  if (files.length < 2) return files[0]?.file;
  const folders = partsOf(report).slice(0, -1);
  const found = bestOf(files, ({ parts }) => {
    const folder = parts.slice(0, -own.length);
    // A file of the root is meant by a report that is in no package.
    return folder.length === 0 ? 0.5 : sharedRun(folder, folders);
  });
  return found?.file ?? "unknown";
}

/** How many of the last parts of a folder stand together in another path. */
function sharedRun(
  folder: readonly string[],
  other: readonly string[],
): number {
  const ends = other.map((_, i) =>
    sharedEnd(folder, other.slice(0, other.length - i))
  );
  return Math.max(0, ...ends);
}
