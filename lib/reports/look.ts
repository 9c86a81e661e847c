/**
 * Looks at files without following links.
 *
 * @module
 */

import { dirname } from "node:path";

/**
 * Who has what is made in a folder: asked of the file system, which may not tell its users apart; null on Windows. The
 * process itself may not say who it is without another permission.
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

/** What is at a path, itself rather than what a link leads to; undefined where that is nothing. */
export async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether there is nothing at a path: something above it may be a file. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}

/**
 * Whether a folder has something in it, which one that cannot be read may have; undefined where there is something else.
 */
export async function hasEntries(folder: string): Promise<boolean | undefined> {
  const there = await lstat(folder).catch(() => undefined);
  if (there && !there.isDirectory) return undefined;
  const names = await namesIn(folder);
  return names === undefined || names.length > 0;
}

/** The names in a folder, none where there is none; undefined where they cannot be read. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    return isAbsent(error) ? [] : undefined;
  }
}

/** The nearest folder above and including the path that is there. */
export async function nearest(path: string): Promise<string> {
  for (let at = path;; at = dirname(at)) {
    if (await lstat(at) || dirname(at) === at) return at;
  }
}
