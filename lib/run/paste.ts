/**
 * The command lines that a person would type to do the same as a run.
 *
 * @module
 */

import type { World } from "../world.ts";
import type { Plan } from "../plan/plan.ts";
import type { Again } from "../errors/failure.ts";
import { quote, toShell } from "../plan/script.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";

/**
 * Makes a function that renders a docker command as a person types it: with variables before it, so that it means the same
 * project and files.
 */
export function typedFor(
  { exported, identity, plain, workflow: { base } }: Prepared,
  { env }: World,
): (argv: readonly string[]) => string {
  const { COMPOSE_PROJECT_NAME, COMPOSE_FILE, COMPOSE_PATH_SEPARATOR } =
    exported;
  const isList = COMPOSE_FILE?.includes(COMPOSE_PATH_SEPARATOR ?? ":");
  // Whether Compose finds the project of the builds without being told.
  const isPlain = env.COMPOSE_PROJECT_NAME === base ||
    identity.name === undefined && plain === base;
  return (argv) => {
    const [docker = "", compose = "", flag, name, ...rest] = argv;
    if (compose !== "compose") return toShell(argv);
    const isNamed = flag === "--project-name";
    const named = Object.entries({
      ...(!isNamed && { COMPOSE_PROJECT_NAME }),
      COMPOSE_FILE,
      ...(isList && { COMPOSE_PATH_SEPARATOR }),
    }).flatMap(([name, value]) =>
      value === undefined || env[name] === value
        ? []
        : `${name}=${quote(value)} `
    ).join("");
    const isKnown = isNamed && isPlain && name === base;
    return named + toShell(isKnown ? [docker, compose, ...rest] : argv);
  };
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
    ...(keeps && { keeping: typing.target([name, "--keep"]) }),
    ...(leaves?.failure && { clean: typing.target(["clean"]) }),
  };
}
