/**
 * Finds the events of the run to show.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { exportedEnv } from "../compose/environment.ts";
import { composePlace, type ReadTextFile } from "../compose/files.ts";
import { readWritten } from "../compose/written.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { eventsAt, newestEvents } from "../reports/run_events.ts";
import type { Given } from "../target.ts";

/** Where the events are looked for. */
export interface Looking {
  given: Given;
  /** Absolute path of the folder in which the target works. */
  directory: string;
  env: Readonly<Record<string, string>>;
  readTextFile: ReadTextFile;
}

/**
 * The file of events that the caller names, by itself or by a folder of reports; else the newest one of the project.
 *
 * @throws {TodoflowError} when there is none.
 */
export async function findEvents(looking: Looking): Promise<string> {
  const { given: { word }, directory } = looking;
  if (word === undefined) return await newestOfProject(looking);
  const found = await eventsAt(resolve(directory, word));
  if ("path" in found) return found.path;
  throw new TodoflowError({ kind: "no-events", file: word, ...found });
}

async function newestOfProject(looking: Looking): Promise<string> {
  const folders = await foldersOf(looking);
  const found = await newestEvents(folders);
  if (found !== undefined) return found;
  const problem = `no run has left reports in ${folders[0]}`;
  throw new TodoflowError({ kind: "no-events", problem });
}

/** The folders in which runs of the project write their reports; the first one is that of a run here. */
async function foldersOf(
  { given, directory, env, readTextFile }: Looking,
): Promise<string[]> {
  const [flag] = given.values.get("reports") ?? [];
  if (flag !== undefined) return [resolve(directory, flag)];
  const place = await composePlace({
    directory,
    env: { ...env, ...exportedEnv(given, undefined) },
    readTextFile,
  });
  const { documents } = await readWritten(place.files, readTextFile);
  const keys = documents.map(reportsKey).filter((key) => key !== undefined);
  return [
    ...keys.toReversed().map((key) => resolve(place.directory, key)),
    ...[directory, place.directory].map((folder) => join(folder, "reports")),
  ];
}

/** The folder that a Compose file names in `x-todoflow.reports`. */
function reportsKey(document: unknown): string | undefined {
  const { "x-todoflow": block } = Object(document);
  const { reports } = Object(block);
  return typeof reports === "string" ? reports : undefined;
}
