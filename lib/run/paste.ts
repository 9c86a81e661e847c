/**
 * The command lines that a person would type to do the same as a run.
 *
 * @module
 */

import type { World } from "../world.ts";
import type { Plan } from "../plan/plan.ts";
import { commandLine, ownWords } from "../cli/command_line.ts";
import type { Again } from "../errors/failure.ts";
import { quote } from "../plan/script.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";

/** Variable assignments before a docker command that a person types, so that it means the same project and files. */
export function namedFor({ exported }: Prepared, { env }: World): string {
  const { COMPOSE_PROJECT_NAME, COMPOSE_FILE, COMPOSE_PATH_SEPARATOR } =
    exported;
  const isList = COMPOSE_FILE?.includes(COMPOSE_PATH_SEPARATOR ?? ":");
  return Object.entries({
    COMPOSE_PROJECT_NAME,
    COMPOSE_FILE,
    ...(isList && { COMPOSE_PATH_SEPARATOR }),
  }).flatMap(([name, value]) =>
    value === undefined || env[name] === value ? [] : `${name}=${quote(value)} `
  ).join("");
}

/** The command lines that repeat a run. */
export function againOf({ request }: PerformOptions, { leaves }: Plan): Again {
  const { name, flags } = request.target;
  return {
    command: commandLine(ownWords(request), request),
    ...(flags.some(({ name }) => name === "keep") &&
      { keeping: commandLine([name, "--keep"], request) }),
    ...(leaves?.failure &&
      { clean: commandLine(["clean"], { ...request, args: [] }) }),
  };
}
