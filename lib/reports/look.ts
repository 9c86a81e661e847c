/**
 * Inspects files without following links.
 *
 * @module
 */

import { dirname } from "node:path";

/**
 * The owner of new files in a folder, by asking the file system, which may not distinguish users; null on Windows. Deno
 * needs another permission to name the user of the process.
 */
export async function ownUid(folder: string): Promise<number | null> {
  const path = await Deno.makeTempFile({ dir: folder, prefix: ".todoflow-" })
    .catch(() => Deno.makeTempFile());
  try {
    return (await Deno.lstat(path)).uid;
  } finally {
    await Deno.remove(path);
  }
}

/** The file, folder or link at a path; undefined if there is none. */
export async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether an error means that the path does not exist; a file above it means that, too. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}

/**
 * Whether a folder is not empty, or cannot be read, so that it may not be empty; undefined if the path is not a folder.
 */
export async function hasEntries(folder: string): Promise<boolean | undefined> {
  const there = await lstat(folder).catch(() => undefined);
  if (there && !there.isDirectory) return undefined;
  const names = await namesIn(folder);
  return names === undefined || names.length > 0;
}

/** The names in a folder, none if it does not exist; undefined if they cannot be read. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    return isAbsent(error) ? [] : undefined;
  }
}

/** The nearest existing folder: the path itself, or one above it. */
export async function nearest(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    if (await lstat(at) || dirname(at) === at) return at;
  }
}
