/**
 * The current records, without releases that are gone from the engine.
 *
 * @module
 */

import type { ProjectRecord } from "./record.ts";
import { stateFolder } from "./folder.ts";
import { claim } from "./lock.ts";
import {
  type Listed,
  listRecords,
  type Unreadable,
  unreadableRecords,
} from "./list.ts";
import { currentEngine } from "../engine/current.ts";
import { observeObjects, type ProjectObject } from "../engine/objects.ts";
import { leftIn } from "./left.ts";
import type { Surroundings } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";

/**
 * The records, without releases that are gone from the engine, because a person may have removed them by hand. Without
 * an engine, or for another one, the record is the only source.
 */
export async function currentRecords(
  surroundings: Surroundings,
): Promise<Listed[]> {
  const folder = stateFolder(surroundings.env);
  // First, so that an unsafe folder ends this before docker is asked.
  const records = await listRecords(folder);
  const { engine, objects } = await look(surroundings);
  const isGone = ({ record }: Listed) =>
    objects !== undefined && record.run === undefined &&
    record.engine === engine && !isThere(record, objects);
  for (const { key, record } of records.filter(isGone)) {
    // A failed update leaves the record as it is.
    await forget(folder, key, record).catch(() => {});
  }
  return records.filter((listed) => !isGone(listed));
}

/** The engine and its objects, as far as it answers. */
async function look(surroundings: Surroundings): Promise<
  { engine?: string; objects?: readonly ProjectObject[] }
> {
  const engine = currentEngine(surroundings);
  try {
    const api = await engine.api();
    return { engine: api.endpoint, objects: await observeObjects(api) };
  } catch (error) {
    if (error instanceof TodoflowError) return {};
    throw error;
  } finally {
    await engine.close();
  }
}

/** The records that this version cannot read. */
export async function unreadable({ env }: Surroundings): Promise<Unreadable[]> {
  return await unreadableRecords(stateFolder(env));
}

/** Whether any object of a record is on the engine, besides images. */
export function isThere(
  record: ProjectRecord,
  objects: readonly ProjectObject[],
): boolean {
  const { project, directory } = record;
  const { made } = leftIn(project, { record, objects, directory, own: false });
  return made.some(({ kind }) => kind !== "image");
}

/** Removes a release from the record, unless a run holds the project, or has held it since the look. */
async function forget(
  folder: string,
  key: string,
  seen: ProjectRecord,
): Promise<void> {
  const claimed = await claim(folder, key);
  if ("holder" in claimed) return;
  try {
    if (JSON.stringify(claimed.record) !== JSON.stringify(seen)) return;
    const { left: _, made = [], ...rest } = seen;
    const images = made.filter(({ kind }) => kind === "image");
    await claimed.write({ ...rest, made: images });
  } finally {
    await claimed.release();
  }
}
