/**
 * Finds the project of a target: its name, its workflow, its engine and its commit.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { composeFileEnv, exportedEnv } from "../compose/environment.ts";
import { identify, ownName } from "../compose/project.ts";
import { readModel } from "../compose/model.ts";
import { composeVersion, observe } from "../compose/resolve.ts";
import { dockerIn } from "../engine/docker.ts";
import { settled } from "../pause.ts";
import { lazy } from "../secrets/redact.ts";
import { writeOverride } from "../state/file.ts";
import { stateFolder } from "../state/folder.ts";
import { overridePath, recordKey } from "../state/paths.ts";
import type { Asked, Found, Search } from "./found.ts";
import { isolatedWorkflow, workflowOf } from "./isolate.ts";
import type { Reading } from "./manner.ts";
import type { PrepareOptions } from "./prepared.ts";

/**
 * Finds the project.
 *
 * @throws {TodoflowError} when the target cannot run here; no question outlives the error.
 */
export async function find(
  reading: Reading,
  options: Search["options"],
): Promise<Found> {
  const underWay: Promise<unknown>[] = [];
  try {
    return await reading.find(await begin(reading, options, underWay));
  } catch (error) {
    await settled(Promise.allSettled(underWay));
    throw error;
  }
}

/**
 * Reads what the command line, the environment and the files' names say.
 *
 * @param underWay takes each question that may still be open when this fails
 */
async function begin(
  reading: Reading,
  options: Search["options"],
  underWay: Promise<unknown>[],
): Promise<Search> {
  const { request, world, surroundings } = options;
  const { directory, env } = surroundings;
  const [version, identity] = await Promise.all([
    reading.version(surroundings),
    identify({
      directory,
      env: { ...env, ...exportedEnv(request, undefined) },
      readTextFile: world.readTextFile,
    }),
  ]);
  const exported = exportedEnv(request, version);
  const docker = dockerIn(seeing(exported, surroundings));
  const compose = () => {
    const version = composeVersion(docker);
    underWay.push(version);
    return version;
  };
  const besides = lazy(() => {
    const asked = askBesides(reading, options);
    underWay.push(...Object.values(asked));
    return asked;
  });
  const { profiles } = identity;
  const how = { directory, profiles };
  return {
    ...{ options, version, identity, exported },
    ...{ docker, how, compose, besides },
  };
}

/** The surroundings of children that get these variables. */
function seeing(
  exported: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Surroundings {
  return { ...surroundings, env: { ...surroundings.env, ...exported } };
}

/** Asks the questions that do not depend on the project. */
function askBesides(
  reading: Reading,
  options: PrepareOptions,
): Asked {
  const all = { api: options.current.api(), source: reading.source(options) };
  // An early rejection is reported where the answer is awaited.
  for (const asked of Object.values(all)) asked.catch(() => {});
  return all;
}

/** The project as Compose reads it, without its other names. */
export async function projectOf(search: Search): Promise<Found> {
  const { name, ci } = search.identity;
  return name === undefined && ci
    ? await ownProject(search)
    : await plainProject(search);
}

/** The properties that every project has, with the answers to the other questions. */
export async function common(search: Search) {
  const { version, identity, exported, options, besides } = search;
  const asked = besides();
  const api = await asked.api;
  return {
    ...{ version, identity, exported },
    files: identity.files,
    own: identity.ci && identity.name === undefined,
    surroundings: seeing(exported, options.surroundings),
    writeOverride: () => Promise.resolve(),
    ...{ api, engine: api.endpoint },
    source: await asked.source,
    others: [],
  };
}

/** The name of a project that only this checkout uses, on a build agent. */
export function ownNameOf(name: string, { identity, options }: Search) {
  const { directory } = identity;
  return ownName(name, { directory, host: options.world.host() });
}

/** The project whose name Compose or the caller gives. */
async function plainProject(search: Search): Promise<Found> {
  const { docker, how, besides, options: { onAsked } } = search;
  const asked = workflowOf(docker, how);
  besides();
  onAsked();
  const workflow = await asked;
  const { project: plain } = workflow;
  return { ...await common(search), workflow, plain };
}

/** The project that only this checkout uses, on a build agent. Compose reads its files twice: it alone knows the plain name. */
async function ownProject(search: Search): Promise<Found> {
  const { docker, how, besides, exported, options } = search;
  const { onAsked, surroundings, request } = options;
  const asked = observe(docker, { directory: how.directory });
  besides();
  onAsked();
  const { name: plain } = await readModel(await asked);
  const project = await ownNameOf(plain, search);
  const named = { ...exported, COMPOSE_PROJECT_NAME: project };
  const ours = dockerIn(seeing(named, surroundings));
  // A dry run writes no override, so it shows the names in the Compose file.
  const { workflow, override } = request.dryRun
    ? { workflow: await workflowOf(ours, how), override: undefined }
    : await isolatedWorkflow(ours, how);
  const found = { ...await common(search), workflow, plain };
  const withEnv = (exported: Readonly<Record<string, string>>) => ({
    ...found,
    exported,
    surroundings: seeing(exported, surroundings),
  });
  if (override === undefined) return withEnv(named);
  const key = await recordKey(project, found.engine);
  const file = overridePath(stateFolder(surroundings.env), key);
  const files = [...found.files, file];
  return {
    ...withEnv({ ...named, ...composeFileEnv(files) }),
    files,
    writeOverride: () => writeOverride(file, override),
  };
}
