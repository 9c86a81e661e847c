/**
 * The command lines that a person would type to do the same as a run.
 *
 * @module
 */

import { join, relative } from "node:path";
import { OVERRIDE } from "../artifacts/files.ts";
import { composeFileEnv } from "../compose/environment.ts";
import type { World } from "../world.ts";
import type { Plan } from "../plan/plan.ts";
import type { Again } from "../errors/diagnosis.ts";
import { quote, toShell } from "../plan/script.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";

/** Options of {@linkcode typedFor}. */
interface TypedOptions {
  world: Pick<World, "env" | "directory">;
  /** The folder of the target's reports, absolute: it keeps the override. */
  folder: string;
}

/**
 * Makes a function that renders a docker command as a person types it after the run: with variables before it, so that it
 * means the same project and files, and in the folder of the run.
 */
export function typedFor(
  prepared: Prepared,
  { world: { env, directory }, folder }: TypedOptions,
): (argv: readonly string[]) => string {
  const { identity, plain, version, typed, workflow: { base } } = prepared;
  const { COMPOSE_PROJECT_NAME, ...files } = typed;
  // Whether Compose finds the project of the builds without being told.
  const isPlain = env.COMPOSE_PROJECT_NAME === base ||
    identity.name === undefined && plain === base;
  const { directory: own } = prepared.surroundings;
  return (argv) => {
    const [docker = "", compose = "", flag, name, ...rest] = argv;
    if (compose !== "compose") return toShell(argv);
    // A build is that of the plain project, without the names of the twin.
    const isNamed = flag === "--project-name";
    const { COMPOSE_FILE, COMPOSE_PATH_SEPARATOR } = isNamed
      ? files
      : keptFiles(prepared, folder) ?? files;
    const isList = COMPOSE_FILE?.includes(COMPOSE_PATH_SEPARATOR ?? ":");
    const named = Object.entries({
      ...(identity.usesVersion && { APP_VERSION: version }),
      ...(!isNamed && { COMPOSE_PROJECT_NAME }),
      COMPOSE_FILE,
      ...(isList && { COMPOSE_PATH_SEPARATOR }),
    }).flatMap(([name, value]) =>
      value === undefined || env[name] === value
        ? []
        : `${name}=${quote(value)} `
    ).join("");
    const isKnown = isNamed && isPlain && name === base;
    const command = named +
      toShell(isKnown ? [docker, compose, ...rest] : argv);
    return own === directory
      ? command
      : `(${toShell(["cd", relative(directory, own)])} && ${command})`;
  };
}

/** The variables that name the files with the kept override, if there is one. */
function keptFiles(
  { override, files }: Prepared,
  folder: string,
): Record<string, string> | undefined {
  return override === undefined
    ? undefined
    : composeFileEnv([...files.slice(0, -1), join(folder, OVERRIDE)]);
}

/** The command lines that repeat a run. */
export function againOf({ request }: PerformOptions, { leaves }: Plan): Again {
  const { target, typing } = request;
  const { name, flags } = target;
  // The log of tests tells more than their container, which has ended.
  const keeps = "twin" in target && target.twin === "release" &&
    flags.some(({ name }) => name === "keep");
  return {
    command: typing.again(),
    ...(target.name === "publish" &&
      { release: typing.target(["release"]) }),
    ...(keeps && { keeping: typing.target([name, "--keep"]) }),
    ...(leaves?.failure && { clean: typing.target(["clean"]) }),
  };
}
