/**
 * Performs `todoflow doctor` for a request of the command line.
 *
 * @module
 */

import { shell, type Surroundings } from "../engine.ts";
import { TodoflowError } from "../errors.ts";
import { appVersion } from "../git.ts";
import type { World } from "../main.ts";
import { exportedEnv, type RunRequest } from "../prepare.ts";
import { stateFolder } from "../state.ts";
import { localFiles } from "./files.ts";
import {
  diagnose,
  diagnosisJson,
  diagnosisText,
  type DoctorInput,
  exitCodeOf,
} from "./mod.ts";

/** What surrounds the doctor; the world's parts that it needs. */
export interface DoctorOptions {
  request: Pick<RunRequest, "files" | "project" | "flags">;
  world: Pick<World, "directory" | "host" | "stdout">;
  surroundings: Surroundings;
  /** Whether text may be coloured. */
  colour: boolean;
}

/** Prints the diagnosis, with the flag `json` as JSON; resolves to the exit code. */
export async function doctor(
  { request, world, surroundings, colour }: DoctorOptions,
): Promise<number> {
  const { directory, env } = surroundings;
  const version = await versionOf(surroundings);
  // A Compose file that needs APP_VERSION can be looked at without one, too.
  const exported = exportedEnv(
    request as RunRequest,
    "version" in version ? version.version : "0",
  );
  const all = { ...env, ...exported };
  const diagnosis = await diagnose({
    $: await shell({ directory, env: all }),
    directory,
    caller: world.directory,
    env: all,
    host: world.host(),
    version,
    state: stateFolder(env),
    files: localFiles(),
  });
  world.stdout.write(
    request.flags.has("json")
      ? diagnosisJson(diagnosis)
      : diagnosisText(diagnosis, { colour }),
  );
  return exitCodeOf(diagnosis);
}

async function versionOf(
  surroundings: Surroundings,
): Promise<DoctorInput["version"]> {
  try {
    return { version: await appVersion(surroundings) };
  } catch (error) {
    if (!(error instanceof TodoflowError)) throw error;
    return { failure: error.failure };
  }
}
