/**
 * Finds the places in the Compose files that an error is about.
 *
 * @module
 */

import { dirname, relative } from "node:path";
import { withPlace } from "../compose/complaint.ts";
import { lineAt } from "../compose/complaint_place.ts";
import { exportedEnv } from "../compose/environment.ts";
import { composeFiles } from "../compose/files.ts";
import { locate } from "../compose/locate.ts";
import { testCommandIn } from "../compose/test_command.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Failure } from "../errors/failure.ts";
import type { PerformOptions } from "./prepared.ts";

/** Adds to an error about the configuration its place in the Compose files, which are read only now. */
export async function located(
  error: unknown,
  { request, world, hidden, surroundings: { directory, env } }: PerformOptions,
): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  const { readTextFile } = world;
  const shown = (file: string) => relative(world.directory, file) || file;
  const filesOf = () =>
    composeFiles({
      directory,
      env: { ...env, ...exportedEnv(request, undefined) },
      readTextFile,
    });
  if (failure.kind === "many-test-files") {
    return new TodoflowError({ ...failure, files: failure.files.map(shown) });
  }
  if (failure.kind === "no-role") {
    const [file = "docker-compose.yml"] = await filesOf();
    const folder = failure.folder ?? dirname(file);
    const command = failure.role === "test"
      ? await testCommandIn(folder, readTextFile)
      : undefined;
    return new TodoflowError({
      ...failure,
      file: shown(file),
      ...(command && { command }),
    });
  }
  const { path = [] } = "path" in failure &&
      (failure.kind === "invalid-config" || failure.kind === "unsupported" ||
        failure.kind === "lacking")
    ? failure
    : {};
  if (path.length > 0) {
    const files = await filesOf();
    const found = await locate(path, { files, readTextFile });
    if (!found) return error;
    const location = { ...found, file: shown(found.file) };
    const line = failure.kind === "lacking"
      ? await lineAt(found, readTextFile)
      : undefined;
    return new TodoflowError({ ...failure, location, line } as Failure);
  }
  // A line may contain a secret.
  if (failure.kind !== "invalid-compose-file") return error;
  if (!hidden?.redactor && failure.about?.what !== "unreadable") return error;
  const files = await filesOf();
  const found = await withPlace(failure, { files, readTextFile, shown });
  const { about } = found;
  // The flag takes precedence over the variable.
  const named = about?.what === "name" && request.project !== undefined
    ? { about: { ...about, next: `todoflow ${request.target.name} -p NAME` } }
    : {};
  return new TodoflowError({ ...found, ...named, kind: failure.kind });
}
