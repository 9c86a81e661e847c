/**
 * Stamps of uncommitted changes: two runs on the same commit differ if a file was written between them.
 *
 * @module
 */

import { join } from "node:path";

/** An uncommitted change. */
export interface Change {
  /** Relative to the top of the checkout; of a new folder with a slash at its end. */
  path: string;
  /**
   * The same as long as nothing is written there: size and time of a file, without its content. Undefined for one of too
   * many changes, and for a folder with too many files.
   */
  stamp: string | undefined;
}

/** The most changes that get a stamp, and the most entries of a new folder. */
const MOST_CHANGES = 100;
const MOST_ENTRIES = 200;

/** Stamps changes. */
export async function stamped(
  top: string,
  changes: readonly string[],
): Promise<Change[]> {
  return await Promise.all(
    changes.toSorted().map(async (path, i) => ({
      path,
      stamp: i < MOST_CHANGES ? await stampOf(join(top, path)) : undefined,
    })),
  );
}

/** The stamp of a path; a path that is gone has one, too. */
async function stampOf(path: string): Promise<string | undefined> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (!info) return "gone";
  return info.isDirectory ? await stampOfFolder(path) : stampIn(info);
}

function stampIn({ size, mtime }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime() ?? "-"}`;
}

/** The stamp of a folder: how many entries it has, their size and the newest of their times. */
async function stampOfFolder(folder: string): Promise<string | undefined> {
  const open = [folder];
  let entries = 0;
  let bytes = 0;
  let newest = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    try {
      for await (const { name, isDirectory } of Deno.readDir(at)) {
        if (++entries > MOST_ENTRIES) return undefined;
        const path = join(at, name);
        if (isDirectory) open.push(path);
        const { size, mtime } = await Deno.lstat(path);
        if (!isDirectory) bytes += size;
        newest = Math.max(newest, mtime?.getTime() ?? 0);
      }
    } catch {
      // It is being written, or may not be read.
      return undefined;
    }
  }
  return `${entries} ${bytes} ${newest}`;
}
