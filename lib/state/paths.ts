/**
 * The files of the folder of records: their paths, and which there are.
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

/** The path of the Compose file that is merged last into a project's; it goes with the record. */
export function overridePath(folder: string, key: string): string {
  return `${folder}/${key}.compose.yaml`;
}

/** The path of the Compose file that builds alone merge last. */
export function buildOverridePath(folder: string, key: string): string {
  return `${folder}/${key}.build.yaml`;
}

/** The files of a folder that end so, without the ending, in order; none where there is no folder. */
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

/** Names the record of a project: the same project on two engines is two. */
export async function recordKey(
  project: string,
  engine: string,
): Promise<string> {
  // What comes from a flag may be no name of a project.
  const name = project.replace(/[^\w-]/g, "_");
  return `${name}.${await shortHash(engine)}`;
}
