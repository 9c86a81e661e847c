/**
 * The paths of the files in the folder of records.
 *
 * @module
 */

import { shortHash } from "../text/hash.ts";

/** The path of the lock of a project. */
export function lockPath(folder: string, key: string): string {
  return `${folder}/${key}.lock`;
}

/** The path of the record of a project. */
export function recordPath(folder: string, key: string): string {
  return `${folder}/${key}.json`;
}

/** The path of the Compose file that a project merges last; it goes with the record. */
export function overridePath(folder: string, key: string): string {
  return `${folder}/${key}.compose.yaml`;
}

/** The path of the Compose file that only builds merge last. */
export function buildOverridePath(folder: string, key: string): string {
  return `${folder}/${key}.build.yaml`;
}

/** The names of the files with this extension, without it, in order; none without the folder. */
export async function keysIn(
  folder: string,
  ending: string,
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    return [];
  }
  return names.filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length)).toSorted();
}

/** The key of a project's record: the same project on two engines has two. */
export async function recordKey(
  project: string,
  engine: string,
): Promise<string> {
  // A flag may contain an invalid name.
  const name = project.replace(/[^\w-]/g, "_");
  return `${name}.${await shortHash(engine)}`;
}

/** The beginning of the names of all green records of a target. */
export function greenPrefix(key: string, target: string): string {
  // A program may give its own targets any name.
  return `${key}.${target.replace(/[^\w-]/g, "_")}.`;
}

/** The path of the green record of a target in one checkout: several checkouts may share a project. */
export async function greenPath(
  folder: string,
  key: string,
  { target, directory }: { target: string; directory: string },
): Promise<string> {
  const checkout = await shortHash(directory);
  return `${folder}/${greenPrefix(key, target)}${checkout}.green`;
}
