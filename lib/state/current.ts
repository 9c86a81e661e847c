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
import {
  observeEndpoint,
  observeObjects,
  type ProjectObject,
} from "../engine/objects.ts";
import { leftIn } from "./left.ts";
import { dockerIn } from "../engine/docker.ts";
import type { Surroundings } from "../child.ts";

/**
 * The records, without releases that are gone from the engine, because a person may have removed them by hand. Without
 * an engine, or for another one, the record is the only source.
 */
export async function currentRecords(
  surroundings: Surroundings,
): Promise<Listed[]> {
  const docker = dockerIn(surroundings);
  const folder = stateFolder(surroundings.env);
  // First, so that an unsafe folder ends this before docker is asked.
  const records = await listRecords(folder);
  const [engine, objects] = await Promise.all([
    observeEndpoint(docker).catch(() => undefined),
    observeObjects(docker).catch(() => undefined),
  ]);
  const isGone = ({ record }: Listed) =>
    objects !== undefined && record.run === undefined &&
    record.engine === engine && !isThere(record, objects);
  for (const { key, record } of records.filter(isGone)) {
    // A failed update leaves the record as it is.
    await forget(folder, key, record).catch(() => {});
  }
  return records.filter((listed) => !isGone(listed));
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
