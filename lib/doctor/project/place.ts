/**
 * Finds the line of a finding.
 *
 * @module
 */

import { relative } from "node:path";
import { locate } from "../../compose/locate.ts";
import type { Written } from "../../compose/written.ts";
import type { Location } from "../../errors/location.ts";
import type { Draft, Finding, Path, Place } from "./finding.ts";

/** The values at a path, one of each file that has it. */
export function writtenAt(
  { documents }: Pick<Written, "documents">,
  path: Path,
): unknown[] {
  return documents.map((document) =>
    path.reduce(
      (at, key) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string | number, unknown>)[key]
          : undefined,
      document,
    )
  ).filter((value) => value !== undefined);
}

/** The path of an item of a resolved list; the path of the list if Compose has merged it from several files. */
export function itemPath(
  written: Pick<Written, "documents">,
  path: Path,
  { index, length }: { index: number; length: number },
): Path {
  const [list, another] = writtenAt(written, path);
  const isSame = another === undefined && Array.isArray(list) &&
    list.length === length;
  return isSame ? [...path, index] : path;
}

/** The finding, with its place relative to the caller's folder. */
export async function placed<T extends Pick<Draft, "at">>(
  { at, ...finding }: T,
  written: Written,
  caller: string,
): Promise<Omit<T, "at"> & Pick<Finding, "location">> {
  const place = isPath(at) ? await placeOf(at, written) : at;
  if (!place) return finding;
  const file = relative(caller, place.file) || place.file;
  return { ...finding, location: { ...place, file } };
}

function isPath(at: Draft["at"]): at is Path {
  return Array.isArray(at);
}

/**
 * The place of a path: the file that contains the most of it, and the last one of several such files. A section as a
 * whole, such as `services`, is no place.
 */
async function placeOf(
  path: Path,
  { files, readTextFile }: Written,
): Promise<Place | undefined> {
  const least = Math.min(path.length, 2);
  for (let depth = path.length; depth >= least; depth--) {
    for (const file of files.toReversed()) {
      const at = (depth: number) =>
        locate(path.slice(0, depth), { files: [file], readTextFile });
      const found = await at(depth);
      // locate() finds a missing path at its nearest ancestor.
      const around = depth > 1 ? await at(depth - 1) : undefined;
      if (found && !isSame(found, around)) return found;
    }
  }
  const file = files[0];
  return file === undefined ? undefined : { file };
}

function isSame(one: Location, other: Location | undefined): boolean {
  return one.line === other?.line && one.column === other.column;
}
