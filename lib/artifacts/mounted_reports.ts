/**
 * Where reports may be in the mounts of a container, which are no part of its changes. The engine lists no folder without
 * sending all of it, and a mount may be a whole checkout: so only usual names are asked for, each by itself, and only
 * usual folders are read.
 *
 * @module
 */

import { join, relative } from "node:path";
import type { EngineApi } from "../engine/api.ts";
import { pathStat } from "../engine/archive.ts";
import { type Described, isIn, type Mount, normal } from "./mounts.ts";
import {
  isForeign,
  isReportFolder,
  mayBeReport,
  USUAL_FILES,
  USUAL_FOLDERS,
} from "./report_kinds.ts";
import type { Look } from "./report_look.ts";

/** The most mounts that are looked at. */
const MOST_MOUNTS = 8;

/** How many questions the engine gets at once. */
const AT_ONCE = 6;

/** Where to ask for mounted reports. */
interface MountedOptions {
  api: EngineApi;
  container: string;
  described: Described;
  /** Whether the working directory is asked for, too, because the engine has not listed the changes of the container. */
  runsIn: boolean;
  /** The folder of this run's reports on the host. */
  folder: string;
  /** Seconds since 1970: an older file is not asked for. */
  since: number;
  signal: AbortSignal;
}

/**
 * The paths in the mounts of a container that may be reports, or folders of reports; files come first. Never rejects.
 */
export async function mountedLooks(options: MountedOptions): Promise<Look[]> {
  const { api, container, since, signal } = options;
  const files: Look[] = [];
  const folders: Look[] = [];
  const paths = usualPaths(options);
  const ask = async () => {
    for (let path; !signal.aborted && (path = paths.shift()) !== undefined;) {
      const stat = await pathStat(api, container, path, signal)
        .catch(() => undefined);
      const isFile = mayBeReport(path);
      if (!stat || isFile === (stat.kind === "folder")) continue;
      if (!isFile) folders.push({ path, folder: "all" });
      else if (stat.mtime / 1000 >= since) files.push({ path });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const byPath = (a: Look, b: Look) => a.path < b.path ? -1 : 1;
  return [...files.toSorted(byPath), ...folders.toSorted(byPath)];
}

/** The usual paths of reports in the mounts that a container may write to. */
function usualPaths({ described, folder, runsIn }: MountedOptions): string[] {
  const mounts = (described.Mounts ?? []).filter(({ Type, RW, Destination }) =>
    ["bind", "volume"].includes(Type) && RW !== false &&
    !isForeign(normal(Destination))
  );
  const workdir = normal(described.Config?.WorkingDir ?? "");
  const all = mounts.slice(0, MOST_MOUNTS).flatMap((mount) => {
    const at = normal(mount.Destination);
    const own = ownIn(mount, folder).flatMap(usualIn);
    // It may also be the mount of one file.
    if (isReportFolder(at) || mayBeReport(at)) return [at, ...own];
    const below = isIn(workdir, at) && !isForeign(workdir) ? [workdir] : [];
    return [...[at, ...below].flatMap(usualIn), ...own];
  });
  return [...new Set([...runsIn ? usualIn(workdir) : [], ...all])];
}

/** The usual paths in a folder. */
function usualIn(folder: string): string[] {
  return [...USUAL_FILES, ...USUAL_FOLDERS].map((name) => join(folder, name));
}

/**
 * The folder of all reports, if a container has it by a bind mount of the engine's own machine. It also holds todoflow's
 * files, which may be so many that reading it ends early.
 */
function ownIn(
  { Type, Source = "", Destination }: Mount,
  folder: string,
): string[] {
  const reports = join(folder, "..");
  const from = normal(Source);
  return Type === "bind" && isIn(reports, from)
    ? [join(normal(Destination), relative(from, reports))]
    : [];
}
