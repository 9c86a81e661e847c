/**
 * Looks at one file or folder of a container for reports, and copies those that it finds.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { TarHeader } from "modern-tar";
import type { EngineApi } from "../engine/api.ts";
import { archive } from "../engine/archive.ts";
import { copyTar } from "../reports/copy.ts";
import type { ReportFolder } from "../reports/folder.ts";
import { MARKER } from "../reports/marker.ts";
import { type Amount, MAX_BYTES, MAX_FILES } from "../reports/write.ts";
import { isIn } from "./mounts.ts";
import { FIRST_BYTES, isReport, mayBeReport } from "./report_kinds.ts";
import { placeOf } from "./report_place.ts";

/** The most reports, and their bytes, that are found in a container. */
export const FOUND = { files: 1_000, bytes: 64 * 1024 * 1024 };

/** How much of one folder is read, also of files that are no reports. */
export const READ = { bytes: 64 * 1024 * 1024, entries: 10_000 };

/** A path of a container where reports may be. */
export interface Look {
  path: string;
  /** If it is a folder: whether only these paths in it are wanted, or all. */
  folder?: "all" | ReadonlySet<string>;
}

/** A report that was found and copied. */
export interface FoundFile {
  /** In the container. */
  path: string;
  /** On the host, relative to the folder of the run. */
  place: string;
}

/** The state that all looks at a container share. */
export interface Looking {
  api: EngineApi;
  container: string;
  service: string;
  folder: ReportFolder;
  /** How much the run has copied so far; it grows. */
  used: Amount;
  /** Which report has taken which name on the host. */
  taken: Map<string, string>;
  /** The place of each report that was found, by container and path: a container may be looked at again. */
  places: Map<string, string>;
  /** Seconds since 1970: an older file is not from this run of the container. */
  since: number;
  /** The reports so far. */
  found: FoundFile[];
  /** Bytes of the reports so far. */
  bytes: number;
  /** The paths that were looked at, so that none is copied twice. */
  seen: Set<string>;
  signal: AbortSignal;
  /** Takes the path of a report that cannot be copied, and why. */
  lost(path: string, why: string): void;
}

/**
 * Copies the reports at a path of a container. Never rejects.
 *
 * @returns whether the path is larger than what is read
 */
export async function lookAt(look: Look, looking: Looking): Promise<boolean> {
  const { api, container, folder, used, signal, lost, found } = looking;
  const sent = archive(api, container, look.path, signal);
  const before = found.length;
  const pathOf = (parts: readonly string[]) =>
    look.folder ? join(look.path, ...parts) : look.path;
  const copied = await copyTar(sent.tar, {
    ...{ folder: folder.path, report: look.path, used, signal },
    ensure: folder.ensure,
    // A folder in the place of a file has more entries.
    most: look.folder ? READ : { bytes: Infinity, entries: 1 },
    sieve: sieveOf(look, pathOf, looking),
    place: (parts) => placeIn(pathOf(parts), looking),
    lost: (path, why) => {
      const at = found.findIndex((one) => one.path === path);
      if (at >= 0) found.splice(at, 1);
      lost(path, why);
    },
  });
  // Where the stream has failed, the last one was not written.
  for (const { path } of found.splice(before + copied.files)) {
    lost(path, sent.problem() ?? "the engine has not sent all of it");
  }
  return copied.problem !== undefined;
}

/** Lets through the reports that the container has written since its start, within the limits. */
function sieveOf(
  look: Look,
  pathOf: (parts: readonly string[]) => string,
  looking: Looking,
) {
  const { since, seen, lost } = looking;
  const own: string[] = [];
  let size = 0;
  const isWanted = (path: string) =>
    look.folder instanceof Set ? look.folder.has(path) : mayBeReport(path);
  return {
    count: FIRST_BYTES,
    entry: (header: TarHeader, parts: readonly string[]) => {
      const path = pathOf(parts);
      // By a bind mount, a container may have the copies of this run and of earlier ones.
      if (basename(path) === MARKER) own.push(dirname(path));
      if (seen.has(path) || !isWanted(path)) return false;
      seen.add(path);
      size = header.size;
      const seconds = (header.mtime?.getTime() ?? 0) / 1000;
      return seconds >= since && !own.some((folder) => isIn(path, folder));
    },
    first: (bytes: Uint8Array, parts: readonly string[]) => {
      const path = pathOf(parts);
      if (!isReport(basename(path), bytes)) return false;
      const why = beyond(size, looking);
      if (why === undefined) looking.bytes += size;
      else lost(path, why);
      return why === undefined;
    },
  };
}

/** Why there is no room for one more report. */
function beyond(
  size: number,
  { found, bytes, used }: Looking,
): string | undefined {
  if (found.length >= FOUND.files) {
    return `at most ${FOUND.files.toLocaleString("en")} reports are found`;
  }
  return bytes + size > FOUND.bytes || used.bytes + size > MAX_BYTES ||
      used.files >= MAX_FILES
    ? `reports of at most ${FOUND.bytes / 2 ** 20} MiB are found`
    : undefined;
}

/** The place of a report, which is added to those that were found. A file that is there is not replaced. */
function placeIn(
  path: string,
  { container, service, folder, taken, places, found }: Looking,
): string {
  const key = `${container}:${path}`;
  const next = () =>
    placeOf(basename(path), { key, service, report: dirname(path), taken });
  let place = places.get(key) ?? next();
  while (!places.has(key) && isThere(join(folder.path, place))) {
    // A container has written it to the folder by a mount.
    taken.set(place, "");
    place = next();
  }
  places.set(key, place);
  found.push({ path, place });
  return place;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
