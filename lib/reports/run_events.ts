/**
 * The files of events that runs have left in their folders of reports, for reading.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { kindOf } from "../world.ts";

/** The name of the file in the folder of a run. */
export const EVENTS = "events.jsonl";

/**
 * The newest file of events in these folders, and in the folders in them; undefined if there is none. Links are not followed:
 * the folders may be those of a checkout that is not trusted.
 */
export async function newestEvents(
  folders: readonly string[],
): Promise<string | undefined> {
  const all = await Promise.all(
    [...new Set(folders)].map(async (folder) =>
      await eventsIn(folder) ?? await eventsBelow(folder)
    ),
  );
  return all.flat().toSorted((a, b) => b.time - a.time)[0]?.path;
}

/**
 * The file of events at a path that the caller has named: the file itself, or the newest one in a folder of reports, or in
 * that of a checkout; or why there is none.
 */
export async function eventsAt(
  path: string,
): Promise<{ path: string } | { problem: string }> {
  const kind = await kindOf(path);
  if (kind === undefined) return { problem: "no such file or folder" };
  // The reason why a path is unknown is told when it is opened.
  if (kind !== "folder") return { path };
  const found = await newestEvents([path]) ??
    await newestEvents([join(path, "reports")]);
  return found === undefined
    ? { problem: `no ${EVENTS} in this folder` }
    : { path: found };
}

/** The page of the run whose events are at a path; undefined if it is not in the same folder. */
export async function pageBeside(path: string): Promise<string | undefined> {
  if (basename(path) !== EVENTS) return undefined;
  const page = join(dirname(path), "run.html");
  const info = await Deno.lstat(page).catch(() => undefined);
  return info?.isFile ? page : undefined;
}

/**
 * Opens a file for reading.
 *
 * @throws {Error} of Deno when it cannot be read.
 */
export async function openEvents(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path);
}

/** A file of events, and when it was written last. */
interface Found {
  path: string;
  /** Milliseconds since 1970. */
  time: number;
}

async function eventsIn(folder: string): Promise<Found[] | undefined> {
  const path = join(folder, EVENTS);
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isFile
    ? [{ path, time: info.mtime?.getTime() ?? 0 }]
    : undefined;
}

async function eventsBelow(folder: string): Promise<Found[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) names.push(name);
    }
  } catch {
    // There is no such folder, or it cannot be read.
  }
  const found = await Promise.all(
    names.map((name) => eventsIn(join(folder, name))),
  );
  return found.flatMap((one) => one ?? []);
}
