/**
 * Refuses runs whose builds or services lack something on this machine, before anything is built.
 *
 * @module
 */

import { dirname, relative } from "node:path";
import { composePlace } from "../compose/files.ts";
import {
  lackOfBuild,
  lackOfStart,
  type SourceOptions,
} from "../compose/sources.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Step } from "../plan/plan.ts";
import { kindOf } from "../world.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";
import { servicesOf } from "./refusals.ts";

/** The refusal because something that the steps need is not on this machine; undefined if all is there. */
export async function lacking(
  { workflow, files, exported }: Prepared,
  { steps, world, surroundings: { directory: caller, env } }: {
    steps: readonly Step[];
  } & Pick<PerformOptions, "world" | "surroundings">,
): Promise<TodoflowError | undefined> {
  const { readTextFile } = world;
  const [first] = files;
  const options: SourceOptions = {
    directory: first === undefined ? caller : dirname(first),
    shown: (path) => relative(world.directory, path) || ".",
    ...{ kindOf, readTextFile },
  };
  const place = await composePlace({
    directory: caller,
    // With the caller's -f and APP_VERSION.
    env: { ...env, ...exported },
    readTextFile,
  });
  const variables = await includes(files, readTextFile) ? undefined : place.env;
  const built = steps.flatMap(({ does }) =>
    does.kind === "build" ? does.services : []
  );
  for (const name of built) {
    const service = workflow.services.get(name);
    const found = service && await lackOfBuild(service, options);
    if (found) return new TodoflowError({ kind: "lacking", ...found });
  }
  for (const service of servicesOf(steps, workflow)) {
    const found = await lackOfStart(service, { ...options, env: variables });
    if (found) return new TodoflowError({ kind: "lacking", ...found });
  }
  return undefined;
}

/** Whether a file includes others, which may have variables of their own. */
async function includes(
  files: readonly string[],
  readTextFile: SourceOptions["readTextFile"],
): Promise<boolean> {
  const texts = await Promise.all(
    files.map((file) => readTextFile(file).catch(() => "include:")),
  );
  return texts.some((text) => /^\W*include\W*:/m.test(text));
}
