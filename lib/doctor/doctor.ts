/**
 * Performs `todoflow doctor` for a request of the command line.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { exportedEnv } from "../compose/environment.ts";
import type { RunContext } from "../target.ts";
import { shell } from "../engine/shell.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { appVersion } from "../git/version.ts";
import { wantsColor } from "../text/color.ts";
import { stateFolder } from "../state/folder.ts";
import { localFiles } from "./files.ts";
import { diagnose, type DoctorInput } from "./diagnose.ts";
import { exitCodeOf } from "./project/finding.ts";
import { diagnosisJson, diagnosisText } from "./text.ts";

/** Prints the diagnosis, with the flag `json` as JSON; resolves to the exit code. */
export async function doctor(
  { given, world, surroundings, typing }: RunContext,
): Promise<number> {
  const { directory, env } = surroundings;
  const version = await versionOf(surroundings);
  // A Compose file that needs APP_VERSION can be looked at without one, too.
  const exported = exportedEnv(
    given,
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
    typing,
  });
  const shown = given.flags.has("quiet")
    ? { ...diagnosis, facts: [] }
    : diagnosis;
  world.stdout.write(
    given.flags.has("json") ? diagnosisJson(diagnosis) : diagnosisText(shown, {
      color: wantsColor(
        { ...world, color: given.color ?? "auto" },
        world.stdout,
      ),
    }),
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
