/**
 * Reads the records of the folder of records, one of which may have been written by another version.
 *
 * @module
 */

import { TodoflowError } from "../errors/wording.ts";
import { quote } from "../plan/plan.ts";
import { type Parsed, parseRecord } from "./record_shape.ts";
import type { ProjectRecord } from "./lock.ts";
import { lookAtLock, readPrivate } from "./file.ts";
import { checkPrivate } from "./folder.ts";

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

/**
 * The path of the Compose file without services that a run merges last: Compose labels each container with the files that it
 * was made from, so that no other one has this name in its label. It is no part of what decides whether a container is
 * made anew.
 */
export function runFilePath(folder: string, run: string): string {
  return `${folder}/${run}.run.yaml`;
}

/**
 * Whether Compose can read a file among the records beside its own: a docker that is a snap may see no hidden folder of a
 * home.
 *
 * @param files the Compose files, as absolute paths
 */
export async function canMark(
  files: readonly string[],
  { PATH = "" }: Readonly<Record<string, string>>,
): Promise<boolean> {
  for (const file of files) {
    if (!await Deno.stat(file).then(() => true, () => false)) return false;
  }
  for (const folder of PATH.split(":").filter(Boolean)) {
    const real = await Deno.realPath(`${folder}/docker`).catch(() => undefined);
    if (real) return !/^\/snap\/|\/usr\/bin\/snap$/.test(real);
  }
  return true;
}

/** Removes the file of a run that makes nothing any more. Never rejects. */
export async function removeRunFile(
  folder: string,
  run: string,
): Promise<void> {
  await Deno.remove(runFilePath(folder, run)).catch(() => {});
}

/** The label of a container with the paths of the Compose files that it was made from. */
export const FILES_LABEL = "com.docker.compose.project.config_files";

/** The run whose file is the last one that a label names; "" where that is another file. */
export function runIn(files: string): string {
  return /([\w-]+)\.run\.yaml$/.exec(files)?.[1] ?? "";
}

/** The record of a project, or why this version cannot read it; undefined where there is none. */
export async function readRecord(
  folder: string,
  key: string,
): Promise<Parsed | undefined> {
  const file = await readPrivate(recordPath(folder, key));
  return file && "text" in file ? parseRecord(file.text) : file;
}

/** A record, its key, and whether a run holds its lock. */
export interface Listed {
  /** Name of its files, without ending. */
  key: string;
  /** What is known of the project. */
  record: ProjectRecord;
  /** Whether a run has the project now. */
  held: boolean;
}

/**
 * All records of this user on this machine, by project.
 *
 * @throws {TodoflowError} when the folder is not private.
 */
export async function listRecords(folder: string): Promise<Listed[]> {
  const records = [...await readRecords(folder)];
  return await Promise.all(records.map(async ([key, record]) => ({
    key,
    record,
    held: (await lookAtLock(lockPath(folder, key))).held,
  })));
}

/**
 * All records by their keys, in order; without those that this version cannot read.
 *
 * @throws {TodoflowError} when the folder is not private.
 */
export async function readRecords(
  folder: string,
): Promise<ReadonlyMap<string, ProjectRecord>> {
  const all = await readAll(folder);
  return new Map(
    all.flatMap(([key, found]) =>
      "record" in found ? [[key, found.record] as const] : []
    ),
  );
}

/** A record that this version cannot read. */
export interface Unreadable {
  /** Name of its files, without ending. */
  key: string;
  /** Absolute path. */
  file: string;
  /** Why it cannot be read. */
  problem: string;
}

/**
 * The records that this version cannot read: another one has written them, or something else. They are left alone.
 *
 * @throws {TodoflowError} when the folder is not private.
 */
export async function unreadableRecords(folder: string): Promise<Unreadable[]> {
  return (await readAll(folder)).flatMap(([key, found]) =>
    "problem" in found
      ? [{ key, file: recordPath(folder, key), problem: found.problem }]
      : []
  );
}

/** The failure of a target whose project has a record that this version cannot read. */
export function unknownRecord(
  { file, problem }: Pick<Unreadable, "file" | "problem">,
): TodoflowError {
  const remove = `rm ${quote(file)}`;
  return new TodoflowError({ kind: "unknown-record", file, problem, remove });
}

async function readAll(folder: string) {
  checkPrivate(folder);
  const found = await Promise.all(
    (await keysIn(folder, ".json")).map(async (key) =>
      [key, await readRecord(folder, key)] as const
    ),
  );
  return found.flatMap(([key, record]) =>
    record ? [[key, record] as const] : []
  );
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
