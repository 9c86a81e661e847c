/**
 * Reads the folder of records, which may contain records of other versions.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { quote } from "../plan/script.ts";
import { type Parsed, parseRecord } from "./record_shape.ts";
import { lookAtLock, readPrivate } from "./file.ts";
import { checkPrivate } from "./folder.ts";
import { keysIn, lockPath, recordPath } from "./paths.ts";
import type { ProjectRecord } from "./record.ts";

/** The record of a project, or the reason why this version cannot read it; undefined if there is none. */
export async function readRecord(
  folder: string,
  key: string,
): Promise<Parsed | undefined> {
  const file = await readPrivate(recordPath(folder, key));
  return file && "text" in file ? parseRecord(file.text) : file;
}

/** A record, its key, and whether a run holds its lock. */
export interface Listed {
  /** The name of its files, without extension. */
  key: string;
  /** The record of the project. */
  record: ProjectRecord;
  /** Whether a run holds the project now. */
  held: boolean;
}

/**
 * All records of this user on this machine, by project.
 *
 * @throws {TodoflowError} if the folder is not private
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
 * All records with their keys, in order; without those that this version cannot read.
 *
 * @throws {TodoflowError} if the folder is not private
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
  /** The name of its files, without extension. */
  key: string;
  /** Absolute path. */
  file: string;
  /** The reason why it cannot be read. */
  problem: string;
}

/**
 * The records that this version cannot read, because another version or program has written them. They are left alone.
 *
 * @throws {TodoflowError} if the folder is not private
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
