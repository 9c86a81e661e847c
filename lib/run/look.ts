/**
 * Looks at the engine without locking a project.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import type { EngineApi } from "../engine/api.ts";
import { observeObjects, type ProjectObject } from "../engine/objects.ts";
import { stateFolder } from "../state/folder.ts";
import { readRecords } from "../state/list.ts";
import type { ProjectRecord } from "../state/record.ts";

/** The objects on the engine, and the records at the time when the look began. */
export interface Seen {
  objects: readonly ProjectObject[];
  records: ReadonlyMap<string, ProjectRecord>;
}

/**
 * Reads the records, then lists the engine's objects.
 *
 * @throws {TodoflowError} without an engine
 */
export async function look(
  api: EngineApi,
  env: Surroundings["env"],
): Promise<Seen> {
  const records = await readRecords(stateFolder(env));
  return { records, objects: await observeObjects(api) };
}
